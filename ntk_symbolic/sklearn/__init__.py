"""Objects of scikit-learn: kernels of Gaussian processes, a regressor and a classifier. Needs the extra `sklearn`.

>>> from sklearn.gaussian_process import GaussianProcessRegressor
>>> from ntk_symbolic.sklearn import NTKKernel
>>> model = GaussianProcessRegressor(NTKKernel(depth=2, activation="erf", get="nngp"), optimizer=None)
>>> model.fit([[0.0, 1.0], [1.0, 0.0]], [1.0, 2.0]).predict([[0.0, 1.0]]).round(6)
array([1.])
"""

try:
    from .estimators import NTKClassifier, NTKRegressor
    from .kernels import NetworkKernel, NTKKernel
except ImportError as missing:
    if not (missing.name or "").startswith("sklearn"):
        raise
    raise ImportError(
        "ntk_symbolic.sklearn needs scikit-learn 1.6 or newer: pip install 'ntk_symbolic[sklearn]'"
    ) from None

__all__ = ["NTKClassifier", "NTKKernel", "NTKRegressor", "NetworkKernel"]

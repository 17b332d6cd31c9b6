"""Activations and limits written by hand, so that these tests do not depend on derivations."""

import numpy as np
from scipy.special import ndtr

from ntk_symbolic import Dense, serial
from ntk_symbolic.networks.tracing import trace


class Elementwise:
    def rule(self, K, x):
        return K.elementwise(x, self)


def graph(layers, features=None):
    return trace(layers, features, finite=True)


class Relu(Elementwise):
    def phi(self, u):
        return np.maximum(u, 0)

    def dphi(self, u):
        return (u > 0).astype(u.dtype)


class Gelu(Elementwise):
    def phi(self, u):
        return u * ndtr(u)

    def dphi(self, u):
        return ndtr(u) + u * np.exp(-u * u / 2) * u.dtype.type(1 / np.sqrt(2 * np.pi))


def mlp(depth, activation, W_std=2**0.5, b_std=0.1):
    layers = [Dense(W_std=W_std, b_std=b_std)]
    for _ in range(depth):
        layers += [activation, Dense(W_std=W_std, b_std=b_std)]
    return serial(*layers)


def limit(network, X):
    """The infinite-width NTK (n, n), its expectations by Gauss–Hermite in two dimensions: smooth activations only."""
    layers = network.layers
    covariance = ntk = _affine(layers[0], X @ X.T / X.shape[1])
    for activation, dense in zip(layers[1::2], layers[2::2]):
        kappa, kappa_dot = _expectation(covariance, activation.phi), _expectation(covariance, activation.dphi)
        covariance = _affine(dense, kappa)
        ntk = covariance + dense.W_std**2 * kappa_dot * ntk
    return ntk


def relu_limit(depth, X, W_std=2**0.5, b_std=0.1):
    """The same for ReLU (Cho & Saul 2009)."""
    covariance = ntk = W_std**2 * X @ X.T / X.shape[1] + b_std**2
    for _ in range(depth):
        norms = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
        cosine = np.clip(covariance / norms, -1, 1)
        angle = np.arccos(cosine)
        covariance = W_std**2 * norms * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi) + b_std**2
        ntk = covariance + W_std**2 * (np.pi - angle) / (2 * np.pi) * ntk
    return ntk


def _affine(dense, q):
    return dense.W_std**2 * q + dense.b_std**2


def gaussian_pairs(a, b, c, order=80):
    """Nodes (u, v) and weights of the normal law with covariance [[a, c], [c, b]]."""
    z, weight = np.polynomial.hermite_e.hermegauss(order)
    s, t = np.meshgrid(z, z, indexing="ij")
    rest = np.sqrt(max(b - c * c / a, 0.0))
    return np.sqrt(a) * s, c / np.sqrt(a) * s + rest * t, np.outer(weight, weight) / (2 * np.pi)


def _expectation(covariance, f):
    found = np.empty_like(covariance)
    for i, j in np.ndindex(covariance.shape):
        u, v, weight = gaussian_pairs(covariance[i, i], covariance[j, j], covariance[i, j])
        found[i, j] = (f(u) * f(v) * weight).sum()
    return found

"""`python -m ntk_symbolic.cli`"""

from . import main

main()

"""The tree drawn in domain/errors.py is the tree that the code has."""

from __future__ import annotations

import inspect
import re

from domain import errors

_NODE = re.compile(r"^ {4}(?P<indent>(?:│   |    )*)(?:├── |└── )?(?P<name>[A-Z]\w+)(?: {2,}\S.*)?$")


def drawn_tree() -> dict[str, str]:
    """Class name to the name of the class that it hangs from in the docstring; the root hangs from ''."""
    path: list[str] = []
    tree: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        node = _NODE.match(line)
        if node:
            depth = 0 if "── " not in line else 1 + len(node["indent"]) // 4
            path[depth:] = [node["name"]]
            tree[node["name"]] = path[depth - 1] if depth else ""
    return tree


def real_tree() -> dict[str, str]:
    """Class name to the name of its base, for every error that the module defines."""
    classes = inspect.getmembers(errors, lambda one: inspect.isclass(one) and issubclass(one, Exception))
    ours = {name: one for name, one in classes if one.__module__ == errors.__name__}
    return {name: one.__base__.__name__ if one.__base__.__name__ in ours else "" for name, one in ours.items()}


def test_docstring_draws_the_whole_tree_of_errors() -> None:
    assert drawn_tree() == real_tree()


def test_every_error_says_what_it_means() -> None:
    silent = [name for name in real_tree() if not getattr(errors, name).__doc__]

    assert silent == []

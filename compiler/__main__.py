"""`python -P -m compiler` is the console script `promgate`."""

from compiler.cli import main

raise SystemExit(main())

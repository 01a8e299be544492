#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the manual, and the sample configuration, pass -c."""

import os
import sys

from lib import ports

top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(top, "tests", "lint"))

import examples

sys.argv = ["examples.py", ports.binary(), top]
sys.exit(examples.main())

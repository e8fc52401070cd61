// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of tests of the window.
#pragma once

#include "tests/support/test_pch.h"
#include "ui/window_pch.h"

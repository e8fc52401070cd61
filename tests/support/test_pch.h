// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of tests that know neither torch nor the window.
#pragma once

#include "core/base/base_pch.h"

#include <QtTest>

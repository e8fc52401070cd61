// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of the window.
#pragma once

#include "core/base/base_pch.h"

#include <QtWidgets>

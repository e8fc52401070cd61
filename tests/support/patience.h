// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace saddle::test {

constexpr int patience = 120000; ///< milliseconds a command or a condition may take on a busy machine

} // namespace saddle::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>

namespace saddle {

struct Samples;

/// One of some samples as a picture of its own, at its own size; null for points and where there is none.
QImage thumbnail(const Samples& samples, int number = 0);

} // namespace saddle

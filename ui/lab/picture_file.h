// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/image.h"

#include <QString>

class QImage;
class QMimeData;

namespace saddle {

/// Pictures of a person's own, in whatever format Qt reads: turned as their camera held them, what is transparent over
/// white, colours as sRGB; grey where there is no colour. An Error names the file and what to do.
Result<Image> readPicture(const QString& path);
/// The picture that was dropped or copied: its pixels, or the first file of it.
Result<Image> pictureOf(const QMimeData& data);
/// Whether there may be one: asked before a drop.
bool mayHoldPicture(const QMimeData& data);
Image toImage(QImage picture);
/// For a file dialog: "Pictures (*.png *.jpg …)".
QString pictureFilter();

} // namespace saddle

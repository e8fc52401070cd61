// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"
#include "core/data/image_decoder.h"

namespace saddle {

// One function a data source; builtin.cpp lists them.
SourceInfo fashionMnistSource();
SourceInfo mnistSource();
SourceInfo idxSource();
SourceInfo cifar10Source();
SourceInfo imageFolderSource(const ImageDecoder& decoder);
SourceInfo ringSource();
SourceInfo gridSource();
SourceInfo moonsSource();
SourceInfo spiralSource();
SourceInfo lineSource();
SourceInfo pointsSource();

} // namespace saddle

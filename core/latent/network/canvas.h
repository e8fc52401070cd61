// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"
#include "core/latent/network/opened_network.h"

namespace saddle {

/// As Generator::paint and Generator::repaint, of a request that passed checkCanvas; truncation and label are the
/// caller's to check. They throw what torch throws.
Status checkCanvas(const CanvasPlan& plan, const CanvasRequest& request);
Result<Image> paintCanvas(
    OpenedNetwork& generator, const GeneratorInfo& info, const CanvasRequest& request, const PaintMonitor& monitor);
Result<std::vector<CanvasPatch>> repaintCanvas(
    OpenedNetwork& generator, const GeneratorInfo& info, const CanvasRequest& request, const PaintMonitor& monitor);

} // namespace saddle

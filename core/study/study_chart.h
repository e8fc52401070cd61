// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/study/study_report.h"

#include <string>
#include <string_view>
#include <vector>

namespace saddle {

/// A place or length in pixels as SVG takes it; a tenth is finer than anyone sees.
std::string coordinate(double value);

/// Text as it may stand in HTML and SVG; what is not UTF-8 or not permitted there becomes a question mark.
std::string escaped(std::string_view text);

/// Rules for the classes that charts use, in light or dark colours: they go into a <style> of the page.
std::string chartStyle(bool dark);

/// At most `most` round values from low to high, evenly spaced by 1, 2 or 5 times a power of ten.
std::vector<double> roundTicks(double low, double high, int most);

/// A chart as SVG elements that fill the rectangle (0, 0) to (width, height): title, legend, axes, and for each curve
/// the band from its lowest to its highest value with the mean on it. Each chart has a scale of its own.
std::string chartElements(const StudyChart& chart, double width, double height);

} // namespace saddle

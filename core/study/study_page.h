// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/study/study_report.h"

#include <optional>
#include <string>

namespace saddle {

/// A study as one page for a browser, in light and dark. It holds its pictures itself and needs no other file.
Result<std::string> studyHtml(const StudyReport& report);

/// The same page as a picture, in light colours; nothing where the program was built without librsvg.
Result<std::optional<Image>> studyPicture(const StudyReport& report);

/// An SVG document as pixels, in its own size; nothing where the program was built without librsvg.
Result<std::optional<Image>> drawSvg(const std::string& svg);

/// "data:image/png;base64,…", so that a page holds its pictures itself.
Result<std::string> pictureAddress(const Image& image);

/// "Fashion-MNIST, 60,000 images · CPU, 2 threads · seed 1"
std::string settingText(const StudyReport& report);

/// How the page is to be read, in a sentence or two.
std::string readingText(const StudyReport& report);

/// How many times its own size a grid is shown, so that its pixels stay square and small ones can be seen.
int gridScale(const Image& grid);

} // namespace saddle

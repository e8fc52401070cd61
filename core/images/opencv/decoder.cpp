// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/images/decoder.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <new>

namespace saddle {

namespace {

/// Raised whenever the code here makes other pixels of a picture than before.
constexpr int decoding = 3;

/// Turns a stored picture upright, by EXIF's numbers: 1 as it is; 2 mirrored; 3 turned by 180°; 4 upside down;
/// 5 mirrored about the main diagonal; 6 to be turned by 90° clockwise; 7 about the other diagonal; 8 anticlockwise.
cv::Mat upright(const cv::Mat& stored, int orientation)
{
    cv::Mat turned = stored;
    if (orientation >= 5)
        cv::transpose(stored, turned);
    cv::Mat result = turned;
    switch (orientation) {
    case 2:
    case 6:
        cv::flip(turned, result, 1);
        break;
    case 3:
    case 7:
        cv::flip(turned, result, -1);
        break;
    case 4:
    case 8:
        cv::flip(turned, result, 0);
        break;
    default:
        break;
    }
    return result;
}

/// Lays a picture with alpha (B, G, R, A) over a grey background. `multiplied`: the colours are already times alpha.
cv::Mat overBackground(const cv::Mat& picture, int background, bool multiplied)
{
    cv::Mat flat(picture.size(), CV_8UC3);
    for (int y = 0; y < picture.rows; ++y) {
        const auto* from = picture.ptr<cv::Vec4b>(y);
        auto* to = flat.ptr<cv::Vec3b>(y);
        for (int x = 0; x < picture.cols; ++x) {
            const int alpha = from[x][3];
            for (int c = 0; c < 3; ++c) {
                const int colour = from[x][c] * (multiplied ? 255 : alpha);
                const int sum = (colour + background * (255 - alpha) + 127) / 255;
                to[x][c] = static_cast<std::uint8_t>(std::min(sum, 255));
            }
        }
    }
    return flat;
}

/// A picture of 8 bits as one with alpha, by which of its pixels are opaque: 255 or 0.
cv::Mat withAlpha(const cv::Mat& picture, const cv::Mat& opaque)
{
    cv::Mat result;
    cv::cvtColor(picture, result, picture.channels() == 1 ? cv::COLOR_GRAY2BGRA : cv::COLOR_BGR2BGRA);
    cv::insertChannel(opaque, result, 3);
    return result;
}

/// Which pixels are not of that colour: 255 or 0.
cv::Mat otherThan(const cv::Mat& picture, const std::array<std::uint16_t, 3>& colour)
{
    const cv::Scalar bounds =
        picture.channels() == 1 ? cv::Scalar(colour[0]) : cv::Scalar(colour[2], colour[1], colour[0]);
    cv::Mat mask;
    cv::inRange(picture, bounds, bounds, mask);
    cv::bitwise_not(mask, mask);
    return mask;
}

cv::Mat centredSquare(const cv::Mat& picture, int crop)
{
    int side = std::min(picture.cols, picture.rows);
    if (crop > 0)
        side = std::min(side, crop);
    return picture(cv::Rect((picture.cols - side) / 2, (picture.rows - side) / 2, side, side));
}

Status decodeInto(std::string_view bytes, const ImageHeader& header, const DecodeSettings& settings,
    const std::string& where, std::uint8_t* pixels)
{
    const cv::Mat packed(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
    // Unchanged: any other mode drops alpha and shows what lay beneath it.
    cv::Mat picture = cv::imdecode(packed, cv::IMREAD_UNCHANGED);
    if (picture.empty())
        return Error{"the picture cannot be decoded", where, "save or download it again"};
    // Of TIFF alone, OpenCV gives upright pictures, colours of 8 bits times their alpha, and as alpha whatever comes
    // fourth.
    const bool tiff = header.format == ImageFormat::Tiff;
    const bool multiplied = tiff && (picture.depth() == CV_8U || header.extra == ExtraSample::MultipliedAlpha);
    const bool noAlpha = tiff && header.extra == ExtraSample::Unknown;
    const bool turned = tiff && picture.cols == header.height && picture.rows == header.width;
    if (!turned && (picture.cols != header.width || picture.rows != header.height))
        return Error{"the picture is not of the size that its header says", where, "save or download it again"};
    picture = centredSquare(upright(picture, tiff ? 1 : header.orientation), settings.crop);
    // OpenCV passes over the transparent colour of grey pictures, and 16 bits tell it from colours that 8 do not.
    cv::Mat opaque;
    if (header.transparent && (picture.channels() == 1 || picture.channels() == 3))
        opaque = otherThan(picture, *header.transparent);
    if (picture.depth() == CV_16U)
        picture.convertTo(picture, CV_8U, 1.0 / 257);
    if (picture.depth() != CV_8U)
        return Error{"its pixels are not whole numbers of 8 or 16 bits", where, "convert it to 8 bits"};
    if (!opaque.empty())
        picture = withAlpha(picture, opaque);
    switch (picture.channels()) {
    case 1:
        if (!settings.grey)
            cv::cvtColor(picture, picture, cv::COLOR_GRAY2BGR);
        break;
    case 4:
        if (noAlpha)
            cv::cvtColor(picture, picture, cv::COLOR_BGRA2BGR);
        else
            picture = overBackground(picture, settings.background, multiplied);
        [[fallthrough]];
    case 3:
        if (settings.grey)
            cv::cvtColor(picture, picture, cv::COLOR_BGR2GRAY);
        break;
    default:
        return Error{"it has " + std::to_string(picture.channels()) + " channels", where, "convert it to RGB"};
    }
    const int side = settings.size;
    if (picture.rows != side) {
        // Averages over areas on the way down, so that fine patterns do not turn into coarse ones.
        cv::resize(picture, picture, {side, side}, 0, 0, picture.rows > side ? cv::INTER_AREA : cv::INTER_CUBIC);
    }
    const int channels = picture.channels();
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* const row = picture.ptr<std::uint8_t>(y);
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < channels; ++c) // B, G, R become planes of R, G, B
                pixels[(static_cast<std::ptrdiff_t>(channels - 1 - c) * side + y) * side + x] = row[x * channels + c];
        }
    }
    return {};
}

} // namespace

ImageDecoder imageDecoder()
{
    // The folder's own threads decode one picture each; OpenCV's would only get in their way.
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return {"OpenCV " + cv::getVersionString() + ", decoding " + std::to_string(decoding),
        [](std::string_view bytes, const ImageHeader& header, const DecodeSettings& settings, const std::string& where,
            std::uint8_t* pixels) -> Status {
            try {
                return decodeInto(bytes, header, settings, where, pixels);
            } catch (const std::bad_alloc&) {
                return Error{"there is not enough memory to decode it", where, "make it smaller"};
            } catch (const std::exception&) { // OpenCV's words are about its source code
                return Error{"the picture cannot be decoded", where, "save or download it again"};
            }
        }};
}

} // namespace saddle

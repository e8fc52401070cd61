// SPDX-License-Identifier: GPL-3.0-or-later
// Draws an SVG document by librsvg and cairo.
#include "core/study/study_page.h"

#include <librsvg/rsvg.h>

#include <cstdint>
#include <memory>

namespace saddle {

namespace {

template <auto release>
struct Releaser {
    template <typename T>
    void operator()(T* held) const
    {
        release(held);
    }
};

Error refused(const std::string& why)
{
    return {"the page could not be drawn: " + why, "page.png", "open page.html instead"};
}

} // namespace

Result<std::optional<Image>> drawSvg(const std::string& svg)
{
    GError* error = nullptr;
    const auto fail = [&error] {
        const std::string why = error ? error->message : "librsvg gives no reason";
        g_clear_error(&error);
        return refused(why);
    };
    const std::unique_ptr<GInputStream, Releaser<g_object_unref>> stream(
        g_memory_input_stream_new_from_data(svg.data(), static_cast<gssize>(svg.size()), nullptr));
    // The pictures in the page are larger than what libxml2 takes without being told.
    const std::unique_ptr<RsvgHandle, Releaser<g_object_unref>> handle(
        rsvg_handle_new_from_stream_sync(stream.get(), nullptr, RSVG_HANDLE_FLAG_UNLIMITED, nullptr, &error));
    if (!handle)
        return fail();
    double width = 0;
    double height = 0;
    if (!rsvg_handle_get_intrinsic_size_in_pixels(handle.get(), &width, &height) || width < 1 || height < 1
        || width * height > static_cast<double>(maximumPixels))
        return refused("its size makes no sense");
    Image image{static_cast<int>(width), static_cast<int>(height), 3, {}};
    const std::unique_ptr<cairo_surface_t, Releaser<cairo_surface_destroy>> surface(
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height));
    const std::unique_ptr<cairo_t, Releaser<cairo_destroy>> context(cairo_create(surface.get()));
    const RsvgRectangle viewport{0, 0, width, height};
    if (!rsvg_handle_render_document(handle.get(), context.get(), &viewport, &error))
        return fail();
    if (cairo_status(context.get()) != CAIRO_STATUS_SUCCESS)
        return refused(cairo_status_to_string(cairo_status(context.get())));
    cairo_surface_flush(surface.get());
    const unsigned char* data = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    image.pixels.reserve(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
    for (int y = 0; y < image.height; ++y) {
        const auto* row = reinterpret_cast<const std::uint32_t*>(data + static_cast<std::ptrdiff_t>(y) * stride);
        for (int x = 0; x < image.width; ++x) {
            for (const int shift : {16, 8, 0})
                image.pixels.push_back(static_cast<std::uint8_t>(row[x] >> shift));
        }
    }
    return std::optional<Image>(std::move(image));
}

} // namespace saddle

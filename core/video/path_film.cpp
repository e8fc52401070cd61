// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/video/path_film.h"

#include "core/base/text.h"
#include "core/latent/latents_csv.h"
#include "core/runs/run_folder.h"

#include <algorithm>

namespace saddle {

namespace {

constexpr int sheetGap = 2; ///< that picture() leaves between two

Status writeFrameLatents(const std::filesystem::path& folder, const LatentPath& path)
{
    const std::int64_t count = path.frameCount();
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < count; ++i)
        names.push_back(framePngName(i));
    return writeLatents(folder / "latents.csv", path.frames(0, count), names);
}

} // namespace

Status checkPathFor(const LatentPath& path, const GeneratorHead& generator)
{
    if (Status sane = path.check(); !sane)
        return sane;
    const auto dimensions = static_cast<std::int64_t>(path.keys.front().latent.size());
    if (dimensions != generator.latent.dimensions) {
        return Error{"the path's latents have " + counted(dimensions, "number") + ", this generator's "
                + std::to_string(generator.latent.dimensions),
            "keys", "take a path that was made with it"};
    }
    const auto classes = static_cast<std::int64_t>(generator.classes.size());
    for (std::size_t i = 0; i < path.keys.size(); ++i) {
        const std::string where = "keys." + std::to_string(i) + ".label";
        const std::optional<std::int64_t>& label = path.keys[i].label;
        if (label && classes == 0)
            return Error{"this generator reads no labels", where, "leave them out"};
        if (!label && classes > 0)
            return Error{"this generator reads labels", where, "give one to each key frame"};
        if (label && *label >= classes) {
            return Error{"there is no label " + std::to_string(*label), where,
                "give a number from 0 to " + std::to_string(classes - 1)};
        }
    }
    return {};
}

Result<Film> makePathFilm(Generator& generator, const LatentPath& path, FilmRequest request, const FilmMonitor& monitor)
{
    if (Status fits = checkPathFor(path, generator.info()); !fits)
        return fits.error();
    request.frames = path.frameCount();
    request.framesPerSecond = path.options.framesPerSecond;
    request.text = pictureText(generator.info());
    request.addFiles = [&path](const std::filesystem::path& folder) { return writeFrameLatents(folder, path); };
    const auto source = [&](std::int64_t number) -> Result<Image> {
        Result<Samples> samples = generator.make(path.frame(number));
        if (!samples)
            return samples.error();
        samples->columns = 1;
        return picture(*samples);
    };
    return makeFilm(request, source, monitor);
}

Result<Image> makeSheetPicture(
    Generator& generator, const Latents& latents, std::int64_t columns, int zoom, const FilmMonitor& monitor)
{
    const Shape& shape = generator.info().shape;
    const std::int64_t count = latents.count();
    const std::int64_t rows = columns > 0 ? (count + columns - 1) / columns : 0;
    if (rows < 1 || zoom < 1)
        return Error{"this makes no picture", "sheet", "ask for at least one"};
    if (shape.size() == 3) {
        const std::int64_t most = maximumPixels / zoom / zoom;
        if (columns * (shape[2] + sheetGap) > most / (shape[1] + sheetGap) / rows)
            return Error{"so large a sheet makes no picture", "sheet", "ask for fewer rows and columns, or zoom less"};
    }
    Samples all;
    for (std::int64_t first = 0; first < count; first += columns) {
        if (monitor && !monitor(first, count))
            return Error{"the sheet was cancelled", "sheet", ""};
        const Result<Samples> made = generator.make(latents.rows(first, std::min(columns, count - first)));
        if (!made)
            return made.error();
        all.height = made->height;
        all.width = made->width;
        all.channels = made->channels;
        all.count += made->count;
        all.pixels.insert(all.pixels.end(), made->pixels.begin(), made->pixels.end());
        all.points.insert(all.points.end(), made->points.begin(), made->points.end());
    }
    if (monitor)
        monitor(count, count);
    all.columns = static_cast<int>(columns);
    return scaleUp(picture(all), zoom);
}

} // namespace saddle

// SPDX-License-Identifier: GPL-3.0-or-later
// A walk through latent space as a film, or a sheet between four latents as one picture.
#include "core/commands/commands.h"
#include "core/commands/generating.h"
#include "core/commands/interrupt.h"
#include "core/commands/output.h"
#include "core/commands/progress_line.h"

#include "core/latent/latents_csv.h"
#include "core/video/path_film.h"

#include <cstdio>

namespace saddle {

namespace {

/// One key frame a seed: the picture that `sample --seed S --count 1` makes.
Result<LatentPath> pathOverSeeds(
    const std::vector<std::uint64_t>& seeds, const std::optional<double>& truncation, const Generator& generator)
{
    LatentPath path;
    path.options.interpolation = interpolationFor(generator.info().latent.distribution);
    for (const std::uint64_t seed : seeds) {
        Result<Latents> drawn = generator.draw({.seed = seed, .count = 1, .truncation = truncation});
        if (!drawn)
            return drawn.error();
        KeyFrame key{std::move(drawn->values), {}, "seed " + std::to_string(seed)};
        if (!drawn->labels.empty())
            key.label = drawn->labels.front();
        path.keys.push_back(std::move(key));
    }
    return path;
}

Result<LatentPath> givenPath(const InterpolateRequest& request, const Generator& generator)
{
    if (!request.path.empty())
        return readPath(request.path);
    if (request.latents.empty())
        return pathOverSeeds(request.seeds, request.truncation, generator);
    const LatentOptions& latent = generator.info().latent;
    const Result<Latents> latents = readLatents(request.latents, latent.dimensions);
    if (!latents)
        return latents.error();
    return pathOver(*latents, latent.distribution);
}

Result<LatentPath> pathFor(const InterpolateRequest& request, const Generator& generator)
{
    const GeneratorInfo& info = generator.info();
    const Result<std::optional<std::int64_t>> label = labelFrom(request.label, info);
    if (!label)
        return label.error();
    Result<LatentPath> path = givenPath(request, generator);
    if (!path)
        return path;
    PathOptions& options = path->options;
    options.framesPerSegment = request.frames.value_or(options.framesPerSegment);
    options.framesPerSecond = request.framesPerSecond.value_or(options.framesPerSecond);
    options.loop = options.loop || request.loop;
    options.interpolation = request.interpolation.value_or(options.interpolation);
    // Where a file says nothing of labels, they are in turn, as `sample` has it.
    const auto classes = static_cast<std::int64_t>(info.classes.size());
    for (std::size_t i = 0; classes > 0 && i < path->keys.size(); ++i) {
        std::optional<std::int64_t>& own = path->keys[i].label;
        if (*label)
            own = *label;
        else if (!own)
            own = static_cast<std::int64_t>(i) % classes;
    }
    if (Status fits = checkPathFor(*path, info); !fits) {
        const std::filesystem::path& file = request.path.empty() ? request.latents : request.path;
        return file.empty() ? fits.error() : fits.error().in(file.string());
    }
    return path;
}

int sheetCommand(
    Generator& generator, const LatentPath& path, const InterpolateRequest& request, const InterruptGuard& guard)
{
    const std::array<std::int64_t, 2> sides = *pairFrom(request.sheet);
    const Result<Latents> sheet = latentSheet(latentsOf(path.keys), sides[0], sides[1], path.options.interpolation);
    if (!sheet)
        return report(sheet.error());
    std::optional<ProgressLine> line;
    const Result<Image> image = makeSheetPicture(
        generator, *sheet, sides[1], request.zoom, monitorBy(line, guard, request.quiet, "picture", sheet->count()));
    if (line)
        line->finish();
    if (guard.interrupted())
        return Interrupted;
    if (!image)
        return report(image.error());
    return written(writePng(request.out, *image, pictureText(generator.info())), request.out);
}

int filmCommand(Generator& generator, const LatentPath& path, FilmFormat format, const InterpolateRequest& request,
    const InterruptGuard& guard)
{
    if (path.keys.size() < 2)
        return report({"there is nowhere to go from one latent alone", "interpolate", "give two or more"});
    std::optional<ProgressLine> line;
    const Result<Film> film =
        makePathFilm(generator, path, {.path = request.out, .format = format, .zoom = request.zoom},
            monitorBy(line, guard, request.quiet, "frame", path.frameCount()));
    if (line)
        line->finish();
    if (guard.interrupted() && !film)
        return Interrupted;
    if (!film)
        return report(film.error());
    for (const std::string& note : film->notes) {
        if (!request.quiet)
            std::fprintf(stderr, "%s\n", note.c_str());
    }
    return written({}, request.out);
}

/// What can be told to be wrong before the generator is opened.
Status checkRequest(const InterpolateRequest& request)
{
    if (request.seeds.empty() && request.latents.empty() && request.path.empty())
        return Error{"no latents are given", "interpolate", "add --seeds 1,2,3, or --latents or --path with a file"};
    if (request.sheet.empty()) {
        if (isPng(request.out))
            return Error{"a film is no PNG", "--out", "name a .gif or .mp4 or a folder, or add --sheet 8x8"};
        const Result<FilmFormat> format = filmFormatOf(request.out);
        return format ? Status() : Status(format.error());
    }
    if (!pairFrom(request.sheet))
        return Error{"“" + request.sheet + "” is no sheet", "--sheet", "write rows and columns, such as 8x8"};
    if (!isPng(request.out))
        return Error{"a sheet is one picture", "--sheet", "name a PNG file by --out"};
    return {};
}

} // namespace

int interpolateCommand(const InterpolateRequest& request)
{
    if (Status sane = checkRequest(request); !sane)
        return report(sane.error(), Usage);
    const bool sheet = !request.sheet.empty();
    const FilmFormat format = sheet ? FilmFormat::Pngs : *filmFormatOf(request.out);
    if (Status usable = filmFormatUsable(format); !usable)
        return report(usable.error());
    const InterruptGuard guard;
    Result<std::unique_ptr<Generator>> opened = openSource(request.source, request.weights, request.code);
    if (!opened)
        return report(opened.error());
    Generator& generator = **opened;
    if (sheet || format != FilmFormat::Pngs) {
        if (Status usable = checkOutputFile(request.out); !usable)
            return report(usable.error());
    }
    const Result<LatentPath> path = pathFor(request, generator);
    if (!path)
        return report(path.error());
    if (!request.quiet)
        sayOpened(generator.info());
    return sheet ? sheetCommand(generator, *path, request, guard)
                 : filmCommand(generator, *path, format, request, guard);
}

} // namespace saddle

// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of a generator that was trained: a grid, a folder of them with their latents, or one large canvas.
#include "core/base/files.h"
#include "core/commands/commands.h"
#include "core/commands/generating.h"
#include "core/commands/interrupt.h"
#include "core/commands/output.h"
#include "core/commands/progress_line.h"

#include "core/latent/latents_csv.h"
#include "core/runs/run_folder.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace saddle {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t batch = 16; ///< pictures made between two looks at Ctrl+C
constexpr int gridGap = 2;

std::string pictureName(std::int64_t number)
{
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%05lld.png", static_cast<long long>(number));
    return name.data();
}

/// The seed asked for, or the run's, whose latents are those of its samples.
std::uint64_t seedOf(const SampleRequest& request, const GeneratorInfo& info)
{
    return request.seed.value_or(info.seed);
}

/// How many pictures a grid has, and in how many columns.
struct Grid {
    std::int64_t count = 0;
    std::int64_t columns = 0;
};

Result<Grid> gridFor(const SampleRequest& request, const GeneratorInfo& info, std::optional<std::int64_t> rows)
{
    const std::optional<std::int64_t> given = rows ? rows : request.count;
    const bool points = info.shape.size() == 1;
    Grid grid;
    if (!request.grid.empty()) {
        if (points)
            return Error{"points make one picture, not a grid", "--grid", "leave it out"};
        const std::array<std::int64_t, 2> sides = *pairFrom(request.grid);
        grid = {given.value_or(sides[0] * sides[1]), sides[1]};
        if (grid.count > sides[0] * sides[1]) {
            return Error{std::to_string(grid.count) + " pictures do not fit in a grid of " + request.grid, "--grid",
                "ask for a larger one"};
        }
    } else if (points) {
        grid = {given.value_or(info.points), 0};
    } else {
        grid = {given.value_or(info.rows * info.columns), info.columns};
    }
    if (points || !isPng(request.out))
        return grid;
    const std::int64_t down = (grid.count + grid.columns - 1) / grid.columns;
    if (grid.columns * (info.shape[2] + gridGap)
        > maximumPixels / (info.shape[1] + gridGap) / std::max<std::int64_t>(down, 1))
        return Error{"so large a grid makes no picture", "--out", "ask for fewer, or name a folder"};
    return grid;
}

Result<Latents> latentsFor(const SampleRequest& request, const Generator& generator, Grid& grid)
{
    const GeneratorInfo& info = generator.info();
    const Result<std::optional<std::int64_t>> label = labelFrom(request.label, info);
    if (!label)
        return label.error();
    std::optional<Latents> read;
    if (!request.latents.empty()) {
        Result<Latents> file = readLatents(request.latents, info.latent.dimensions);
        if (!file)
            return file;
        read = *std::move(file);
    }
    const Result<Grid> sides = gridFor(request, info, read ? std::optional(read->count()) : std::nullopt);
    if (!sides)
        return sides.error();
    grid = *sides;
    // Each class has its column in a grid; in a folder they take turns.
    const LatentRequest draw{
        seedOf(request, info), grid.count, request.truncation, *label, isPng(request.out) ? grid.columns : 0};
    Result<Latents> drawn = generator.draw(draw);
    if (!drawn || !read)
        return drawn;
    // What is left out in a file of latents is as if they had been drawn.
    if (read->labels.empty() || *label)
        read->labels = drawn->labels;
    return *std::move(read);
}

/// Makes all pictures, a batch at a time. `take` is given each batch with the number of its first picture; false of it
/// is an error that it has reported.
int makeAll(Generator& generator, const Latents& latents, const SampleRequest& request, const InterruptGuard& guard,
    const std::function<bool(const Samples& samples, std::int64_t first)>& take)
{
    ProgressLine line(latents.count(), request.quiet);
    for (std::int64_t first = 0; first < latents.count(); first += batch) {
        if (guard.interrupted()) {
            line.finish();
            return Interrupted;
        }
        const std::int64_t taken = std::min(batch, latents.count() - first);
        const Result<Samples> samples = generator.make(latents.rows(first, taken));
        if (!samples) {
            line.finish();
            return report(samples.error());
        }
        if (!take(*samples, first)) {
            line.finish();
            return Failed;
        }
        line.count(first + taken, generator.info().shape.size() == 1 ? "point" : "picture");
    }
    line.finish();
    return Success;
}

int sampleToPicture(Generator& generator, const Latents& latents, const Grid& grid, const SampleRequest& request,
    const InterruptGuard& guard)
{
    Samples all;
    const int made = makeAll(generator, latents, request, guard, [&](const Samples& samples, std::int64_t) {
        all.height = samples.height;
        all.width = samples.width;
        all.channels = samples.channels;
        all.count += samples.count;
        all.pixels.insert(all.pixels.end(), samples.pixels.begin(), samples.pixels.end());
        all.points.insert(all.points.end(), samples.points.begin(), samples.points.end());
        return true;
    });
    if (made != Success)
        return made;
    all.columns = static_cast<int>(grid.columns);
    return written(writePng(request.out, picture(all), pictureText(generator.info())), request.out);
}

int sampleToFolder(
    Generator& generator, const Latents& latents, const SampleRequest& request, const InterruptGuard& guard)
{
    const bool points = generator.info().shape.size() == 1;
    const PngText text = pictureText(generator.info());
    Samples all;
    std::int64_t done = 0;
    const int made = makeAll(generator, latents, request, guard, [&](const Samples& samples, std::int64_t first) {
        all.points.insert(all.points.end(), samples.points.begin(), samples.points.end());
        const std::size_t size = points ? 0 : samples.pixels.size() / static_cast<std::size_t>(samples.count);
        for (std::int64_t i = 0; !points && i < samples.count; ++i) {
            const auto begin = samples.pixels.begin() + i * static_cast<std::int64_t>(size);
            const Image image{
                samples.width, samples.height, samples.channels, {begin, begin + static_cast<std::ptrdiff_t>(size)}};
            if (Status put = writePng(request.out / pictureName(first + i), image, text); !put) {
                report(put.error());
                return false;
            }
        }
        done = first + samples.count;
        return true;
    });
    // Last, also of work that was interrupted: it names what is there, and nothing that is not.
    if (made == Failed)
        return made;
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < done; ++i)
        names.push_back(points ? std::to_string(i) : pictureName(i));
    if (Status put = writeLatents(request.out / "latents.csv", latents.rows(0, done), names); !put)
        return report(put.error());
    if (made != Success)
        return made;
    if (points) {
        if (Status put = writePoints(request.out / "points.csv", all.points, latents.labels); !put)
            return report(put.error());
        if (Status put = writePng(request.out / "points.png", picture(all), text); !put)
            return report(put.error());
    }
    std::printf("%s\n", request.out.c_str());
    return Success;
}

int paintCanvas(Generator& generator, const SampleRequest& request, const InterruptGuard& guard)
{
    const GeneratorInfo& info = generator.info();
    const Result<std::optional<std::int64_t>> label = labelFrom(request.label, info);
    if (!label)
        return report(label.error());
    const std::array<std::int64_t, 2> sides = *pairFrom(request.canvas);
    const CanvasRequest canvas{sides[0], sides[1], seedOf(request, info), request.truncation, label->value_or(0)};
    std::optional<ProgressLine> line;
    const Result<Image> image = generator.paint(canvas, monitorBy(line, guard, request.quiet, "part"));
    if (line)
        line->finish();
    if (guard.interrupted())
        return Interrupted;
    if (!image)
        return report(image.error());
    return written(writePng(request.out, *image, pictureText(info, canvas)), request.out);
}

/// What can be told to be wrong before the generator is opened.
Status checkRequest(const SampleRequest& request)
{
    if (!request.grid.empty() && !pairFrom(request.grid))
        return Error{"“" + request.grid + "” is no grid", "--grid", "write rows and columns, such as 4x8"};
    if (!request.grid.empty() && !isPng(request.out))
        return Error{"a folder has no grid", "--grid", "name a PNG file by --out, or leave the grid out"};
    if (request.canvas.empty())
        return {};
    if (!pairFrom(request.canvas))
        return Error{"“" + request.canvas + "” is no size", "--canvas", "write width and height, such as 1024x1024"};
    if (!isPng(request.out))
        return Error{"a canvas is one picture", "--canvas", "name a PNG file by --out"};
    return {};
}

} // namespace

int sampleCommand(const SampleRequest& request)
{
    if (Status sane = checkRequest(request); !sane)
        return report(sane.error(), Usage);
    const bool png = isPng(request.out);
    const InterruptGuard guard;
    Result<std::unique_ptr<Generator>> opened = openSource(request.source, request.weights, request.code);
    if (!opened)
        return report(opened.error());
    Generator& generator = **opened;
    const GeneratorInfo& info = generator.info();
    if (png) {
        if (Status usable = checkOutputFile(request.out); !usable)
            return report(usable.error());
    }
    Grid grid;
    Result<Latents> latents = Latents();
    if (request.canvas.empty())
        latents = latentsFor(request, generator, grid);
    if (!latents)
        return report(latents.error());
    if (!png) {
        if (Status made = makeEmptyFolder(request.out); !made)
            return report(made.error());
    }
    if (!request.quiet)
        sayOpened(info);
    if (!request.canvas.empty())
        return paintCanvas(generator, request, guard);
    return png ? sampleToPicture(generator, *latents, grid, request, guard)
               : sampleToFolder(generator, *latents, request, guard);
}

} // namespace saddle

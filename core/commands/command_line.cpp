// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/commands/commands.h"

#include "core/runs/presets.h"
#include "core/training/builtin.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace saddle {

namespace {

/// The options that change an experiment, shared by all that train. A study has seeds of its own.
void addChanges(CLI::App& command, SettingChanges& changes, bool withSeed = true)
{
    command
        .add_option("--set", changes.assignments, "Change a setting, such as objective.kind=lsgan; may be given often")
        ->type_name("KEY=VALUE")
        ->expected(1)
        ->take_all();
    command.add_option("--steps", changes.steps, "Steps to train")->type_name("N");
    if (withSeed)
        command.add_option("--seed", changes.seed, "Seed of all random draws")->type_name("S");
    command.add_option("--device", changes.device, "auto, cpu or cuda")->type_name("DEVICE");
    command.add_option("--threads", changes.threads, "CPU threads; 0 takes one a core")->type_name("N");
}

constexpr const char* sourceHelp = "Folder of a run or of one of its checkpoints, or the file of a generator";

void addWeights(CLI::App& command, std::string& weights)
{
    command.add_option("--weights", weights, "Averaged or plain ones; those the run shows by default")
        ->type_name("ema|plain")
        ->check(CLI::IsMember({"ema", "plain"}));
}

void addCode(CLI::App& command, CodeRequest& code)
{
    command.add_flag("--trust-code", code.trusted, "Run the code of a TorchScript file");
    command.add_option("--dimensions", code.dimensions, "Numbers of a TorchScript generator's latent")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command.add_option("--classes", code.classes, "Classes of a TorchScript generator's label")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
}

CLI::App* addExport(CLI::App& app, ExportRequest& exporting)
{
    CLI::App* command = app.add_subcommand("export", "Write a trained generator to a file of its own");
    command->add_option("run", exporting.source, sourceHelp)->required();
    command->add_option("--format", exporting.format, "Safetensors with its layers, TorchScript or ONNX")
        ->type_name("safetensors|torchscript|onnx")
        ->check(CLI::IsMember({"safetensors", "torchscript", "onnx"}))
        ->required();
    command->add_option("--out", exporting.out, "File to write")->type_name("FILE")->required();
    command->add_option("--step", exporting.step, "Checkpoint of a run; the last by default")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    addWeights(*command, exporting.weights);
    command->add_flag("--quiet", exporting.quiet, "Say nothing but errors and what was written");
    return command;
}

CLI::App* addImport(CLI::App& app, ImportRequest& importing)
{
    CLI::App* command = app.add_subcommand("import", "Make a generator's file of weights that PyTorch wrote");
    command->add_option("file", importing.source, "State dict: .pt, .pth or .ckpt")->required();
    command->add_option("--out", importing.out, "Generator to write")->type_name("FILE.safetensors")->required();
    command->add_option("--network", importing.network, "Which of several networks in the file")->type_name("PLACE");
    command->add_option("--answer", importing.answers, "What the weights do not say, such as image=3x64x64")
        ->type_name("KEY=VALUE");
    command->add_flag("--quiet", importing.quiet, "Say nothing but errors and what was written");
    return command;
}

CLI::App* addReplay(CLI::App& app, ReplayRequest& replay)
{
    CLI::App* command = app.add_subcommand("replay", "Train a run again, edits included, and compare every number");
    command->add_option("run", replay.run, "Folder of a run")->required();
    command->add_option("--out", replay.out, "Folder for the repetition; nothing is written without it")
        ->type_name("RUN");
    command->add_option("--steps", replay.steps, "At most so many of its steps")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_flag("--quiet", replay.quiet, "Say nothing but errors and what came of it");
    return command;
}

/// The commands below `runs`.
struct RunsCommands {
    RunsRequest list;
    RunExportRequest exporting;
    RunUnpackRequest unpacking;
    const CLI::App* toList = nullptr;
    const CLI::App* toExport = nullptr;
    const CLI::App* toUnpack = nullptr;
};

CLI::App* addRunList(CLI::App& runs, RunsRequest& listing)
{
    CLI::App* command = runs.add_subcommand("list", "List the runs in a folder");
    command->add_option("folder", listing.folder, "Folder of runs; the window's own by default");
    command->add_flag("--json", listing.json, "As JSON");
    return command;
}

CLI::App* addRunExport(CLI::App& runs, RunExportRequest& exporting)
{
    CLI::App* command = runs.add_subcommand("export", "Take a run elsewhere");
    command->add_option("run", exporting.run, "Folder of a run")->required();
    command
        ->add_option("--format", exporting.format,
            "One archive, all numbers as CSV, TensorBoard's event files, or a film of its samples")
        ->type_name("archive|csv|tensorboard|gif|mp4")
        ->check(CLI::IsMember({"archive", "csv", "tensorboard", "gif", "mp4"}))
        ->required();
    command->add_option("--out", exporting.out, "File to write, for TensorBoard a folder")
        ->type_name("PATH")
        ->required();
    command->add_option("--checkpoints", exporting.checkpoints, "Which go into an archive; the last by default")
        ->type_name("last|all|none")
        ->check(CLI::IsMember({"last", "all", "none"}));
    command->add_option("--fps", exporting.framesPerSecond, "Frames of a film a second; 10 by default")
        ->type_name("F")
        ->check(CLI::PositiveNumber);
    command->add_option("--zoom", exporting.zoom, "Every pixel of a film as a square of so many")
        ->type_name("N")
        ->check(CLI::Range(1, 64));
    command->add_flag("--quiet", exporting.quiet, "Say nothing but errors and what was written");
    return command;
}

CLI::App* addRunUnpack(CLI::App& runs, RunUnpackRequest& unpacking)
{
    CLI::App* command = runs.add_subcommand("unpack", "Put an exported archive among the runs");
    command->add_option("archive", unpacking.archive, "Archive of a run")->required();
    command->add_option("--into", unpacking.into, "Folder of runs; the window's own by default")->type_name("DIR");
    command->add_flag("--quiet", unpacking.quiet, "Say nothing but errors and what was written");
    return command;
}

void addRuns(CLI::App& app, RunsCommands& commands)
{
    CLI::App* runs = app.add_subcommand("runs", "See to the runs on disk");
    runs->require_subcommand(1);
    commands.toList = addRunList(*runs, commands.list);
    commands.toExport = addRunExport(*runs, commands.exporting);
    commands.toUnpack = addRunUnpack(*runs, commands.unpacking);
}

/// The commands below `queue`.
struct QueueCommands {
    QueueAddRequest adding;
    QueueRunRequest running;
    std::vector<std::int64_t> removed;
    std::int64_t retried = 0;
    bool json = false;
    const CLI::App* toAdd = nullptr;
    const CLI::App* toList = nullptr;
    const CLI::App* toRemove = nullptr;
    const CLI::App* toClear = nullptr;
    const CLI::App* toRetry = nullptr;
    const CLI::App* toRun = nullptr;
};

CLI::App* addQueue(CLI::App& app, QueueCommands& commands)
{
    CLI::App* queue = app.add_subcommand("queue", "Line up experiments and let them run one after another");
    queue->require_subcommand(1);
    CLI::App* add = queue->add_subcommand("add", "Put an experiment at the end of the queue");
    add->add_option("experiment", commands.adding.experiment, "Preset or experiment file")->required();
    add->add_option("--name", commands.adding.name, "What it is called in the queue, and its run after it")
        ->type_name("NAME");
    addChanges(*add, commands.adding.changes);
    CLI::App* list = queue->add_subcommand("list", "Say what is in the queue");
    list->add_flag("--json", commands.json, "As JSON");
    CLI::App* remove = queue->add_subcommand("remove", "Take entries out of the queue; their runs stay");
    remove->add_option("id", commands.removed, "Number of an entry, as list says it")->required();
    CLI::App* retry = queue->add_subcommand("retry", "Let an entry run again that failed, was stopped or is done");
    retry->add_option("id", commands.retried, "Number of the entry")->required();
    CLI::App* run = queue->add_subcommand("run", "Run what waits, one after another; Ctrl+C stops in order");
    run->add_option("--runs", commands.running.runs, "Folder of runs; the window's own by default")->type_name("DIR");
    run->add_flag("--quiet", commands.running.quiet, "Say nothing but errors and what came of it");
    commands.toAdd = add;
    commands.toList = list;
    commands.toRemove = remove;
    commands.toClear = queue->add_subcommand("clear", "Take out all that does not run");
    commands.toRetry = retry;
    commands.toRun = run;
    return queue;
}

int runQueueCommands(const QueueCommands& commands)
{
    if (commands.toAdd->parsed())
        return addToQueueCommand(commands.adding);
    if (commands.toRemove->parsed())
        return removeFromQueueCommand(commands.removed);
    if (commands.toClear->parsed())
        return clearQueueCommand();
    if (commands.toRetry->parsed())
        return retryInQueueCommand(commands.retried);
    if (commands.toRun->parsed())
        return runQueueCommand(commands.running);
    return listQueueCommand(commands.json);
}

CLI::App* addSample(CLI::App& app, SampleRequest& sample)
{
    CLI::App* command = app.add_subcommand("sample", "Make pictures with a trained generator");
    command->add_option("run", sample.source, sourceHelp)->required();
    command->add_option("--out", sample.out, "PNG for one grid, or folder for single pictures and their latents")
        ->type_name("PNG|DIR")
        ->required();
    auto* count = command->add_option("--count", sample.count, "Pictures to make; as many as the run shows by default")
                      ->type_name("N")
                      ->check(CLI::PositiveNumber);
    auto* seed = command->add_option("--seed", sample.seed, "Seed of the latents; the run's own by default")
                     ->type_name("S")
                     ->check(CLI::NonNegativeNumber);
    auto* truncation = command
                           ->add_option("--truncation", sample.truncation,
                               "Draw normal latents from within ±T again; a factor for uniform ones")
                           ->type_name("T");
    auto* grid =
        command->add_option("--grid", sample.grid, "Rows and columns of the grid, such as 4x8")->type_name("RxC");
    command->add_option("--label", sample.label, "Name or number of the one class to make")->type_name("LABEL");
    addWeights(*command, sample.weights);
    addCode(*command, sample.code);
    auto* latents =
        command->add_option("--latents", sample.latents, "Make the pictures of a latents.csv again")->type_name("CSV");
    auto* canvas = command->add_option("--canvas", sample.canvas, "Paint one image of this size, such as 1024x1024")
                       ->type_name("WxH");
    command->add_flag("--quiet", sample.quiet, "Say nothing but errors and what was written");
    latents->excludes(count)->excludes(seed)->excludes(truncation)->excludes(canvas);
    canvas->excludes(count)->excludes(grid);
    return command;
}

CLI::App* addInterpolate(CLI::App& app, InterpolateRequest& walk)
{
    CLI::App* command = app.add_subcommand("interpolate", "Make a film of a walk through a generator's latent space");
    command->add_option("run", walk.source, sourceHelp)->required();
    command->add_option("--out", walk.out, "Film, folder for numbered PNGs and their latents, or PNG for a sheet")
        ->type_name("GIF|MP4|DIR|PNG")
        ->required();
    auto* seeds = command->add_option("--seeds", walk.seeds, "Seeds of the latents passed through, in their order")
                      ->type_name("S,S,…")
                      ->delimiter(',')
                      ->check(CLI::NonNegativeNumber);
    auto* from = command
                     ->add_option_function<std::uint64_t>(
                         "--from", [&walk](const std::uint64_t& seed) { walk.seeds.insert(walk.seeds.begin(), seed); },
                         "Seed of the latent it begins at")
                     ->type_name("S")
                     ->check(CLI::NonNegativeNumber);
    auto* to = command
                   ->add_option_function<std::uint64_t>(
                       "--to", [&walk](const std::uint64_t& seed) { walk.seeds.push_back(seed); },
                       "Seed of the latent it ends at")
                   ->type_name("S")
                   ->check(CLI::NonNegativeNumber);
    auto* latents =
        command->add_option("--latents", walk.latents, "Latents passed through: a latents.csv")->type_name("CSV");
    auto* path = command->add_option("--path", walk.path, "A path that was saved")->type_name("JSON");
    auto* frames = command->add_option("--frames", walk.frames, "Frames from one latent to the next; 50 by default")
                       ->type_name("N")
                       ->check(CLI::PositiveNumber);
    auto* rate = command->add_option("--fps", walk.framesPerSecond, "Frames a second; 25 by default")
                     ->type_name("F")
                     ->check(CLI::PositiveNumber);
    auto* loop = command->add_flag("--loop", walk.loop, "Go from the last latent back to the first");
    auto* linear = command->add_flag_callback(
        "--linear", [&walk] { walk.interpolation = Interpolation::Linear; }, "In straight lines");
    auto* spherical = command->add_flag_callback(
        "--spherical", [&walk] { walk.interpolation = Interpolation::Spherical; },
        "Along great circles; so by default where latents are normal");
    auto* sheet = command
                      ->add_option("--sheet", walk.sheet,
                          "One picture of so many rows and columns between four latents, such as 8x8")
                      ->type_name("RxC");
    command->add_option("--label", walk.label, "Name or number of the one class to make")->type_name("LABEL");
    auto* truncation = command
                           ->add_option("--truncation", walk.truncation,
                               "Draw normal latents from within ±T again; a factor for uniform ones")
                           ->type_name("T");
    command->add_option("--zoom", walk.zoom, "Every pixel as a square of so many")
        ->type_name("N")
        ->check(CLI::Range(1, 64));
    addWeights(*command, walk.weights);
    addCode(*command, walk.code);
    command->add_flag("--quiet", walk.quiet, "Say nothing but errors and what was written");
    from->needs(to)->excludes(seeds);
    to->needs(from)->excludes(seeds);
    for (CLI::Option* file : {latents, path})
        file->excludes(seeds)->excludes(from)->excludes(to)->excludes(truncation);
    latents->excludes(path);
    linear->excludes(spherical);
    sheet->excludes(frames)->excludes(rate)->excludes(loop);
    return command;
}

} // namespace

int report(const Error& error, int status)
{
    std::string line = "saddle-cli: " + error.what;
    for (const std::string& part : {error.where, error.remedy}) {
        if (!part.empty())
            line += ": " + part;
    }
    std::fprintf(stderr, "%s\n", line.c_str());
    return status;
}

Result<std::vector<Setting>> settingsOf(const SettingChanges& changes)
{
    std::vector<Setting> settings;
    for (const std::string& assignment : changes.assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0)
            return Error{
                "“" + assignment + "” is not KEY=VALUE", "--set", "write for example --set training.batch_size=32"};
        settings.push_back({assignment.substr(0, equals), valueFromText(assignment.substr(equals + 1))});
    }
    if (changes.steps)
        settings.push_back({"training.steps", *changes.steps});
    if (changes.seed)
        settings.push_back({"training.seed", *changes.seed});
    if (changes.device)
        settings.push_back({"training.device", *changes.device});
    if (changes.threads)
        settings.push_back({"training.threads", *changes.threads});
    return settings;
}

Result<Json> applyChanges(Json document, const Catalog& catalog, const SettingChanges& changes)
{
    Result<std::vector<Setting>> settings = settingsOf(changes);
    return settings ? changeSettings(std::move(document), catalog, *settings) : settings.error();
}

Result<Json> loadChanged(const std::string& experiment, const Catalog& catalog, const SettingChanges& changes)
{
    Result<Json> document = loadExperiment(experiment, catalog);
    return document ? applyChanges(*std::move(document), catalog, changes) : document;
}

int runCommandLine(int argc, const char* const* argv)
{
    try {
        CLI::App app{"Saddle: GAN experiments without a window"};
        app.name("saddle-cli");
        app.set_version_flag("--version", "saddle-cli " SADDLE_VERSION ", LibTorch " + libtorchVersion());
        app.require_subcommand(1);

        std::string what;
        bool json = false;
        CLI::App* list = app.add_subcommand("list", "Say what there is");
        const std::vector<std::string> lists{
            "presets", "objectives", "regularisers", "networks", "layers", "optimisers", "sources", "studies"};
        list->add_option("what", what, "What to list")->required()->check(CLI::IsMember(lists));
        list->add_flag("--json", json, "As JSON, with all parameters");

        std::string experiment;
        CLI::App* validate = app.add_subcommand("validate", "Check an experiment without running it");
        validate->add_option("file", experiment, "Experiment file or preset")->required();

        TrainRequest train;
        CLI::App* training = app.add_subcommand("train", "Train and write a run folder");
        auto* trained = training->add_option("experiment", train.experiment, "Preset or experiment file");
        auto* resume = training->add_option("--resume", train.resume, "Go on with a run from its last checkpoint")
                           ->type_name("RUN");
        auto* out = training->add_option("--out", train.out, "Folder for the run")->type_name("RUN");
        resume->excludes(trained)->excludes(out);
        training
            ->add_option("--workers", train.workers, "Processes of this machine that share each batch; 1 by default")
            ->type_name("N")
            ->check(CLI::Range(1, 1024));
        addChanges(*training, train.changes);

        BenchRequest bench;
        CLI::App* benching = app.add_subcommand("bench", "Measure the speed of training");
        benching->add_option("experiment", bench.experiment, "Preset or experiment file")->required();
        benching->add_option("--warmup", bench.warmup, "Steps before measuring")
            ->type_name("N")
            ->check(CLI::NonNegativeNumber);
        benching->add_flag("--json", bench.json, "As JSON");
        benching->add_flag("--profile", bench.profile, "Also where the time of a step goes, by operator");
        addChanges(*benching, bench.changes);

        TuneRequest tune;
        CLI::App* tuning = app.add_subcommand("tune", "Find the order of images in memory that trains fastest here");
        tuning->add_option("experiment", tune.experiment, "Preset or experiment file")->required();
        tuning->add_option("--rounds", tune.rounds, "How often each is measured, in turn")
            ->type_name("N")
            ->check(CLI::PositiveNumber);
        tuning->add_option("--out", tune.out, "File for the experiment with what was found")->type_name("FILE.json");
        addChanges(*tuning, tune.changes);

        StudyRequest study;
        CLI::App* studying =
            app.add_subcommand("study", "Train several methods one after another and show them on one page");
        studying->add_option("study", study.study, "Study that ships, or a file")->required();
        studying->add_option("--out", study.out, "Folder for the study; one that holds it already is gone on with")
            ->type_name("DIR")
            ->required();
        studying->add_option("--seeds", study.seeds, "Seeds, each of which every method is trained with")
            ->type_name("S,S,…")
            ->delimiter(',');
        studying->add_flag("--quiet", study.quiet, "Say nothing but errors and what was written");
        addChanges(*studying, study.changes, false);

        TraceRequest trace;
        CLI::App* tracing = app.add_subcommand("trace", "Write down all that goes into each step and comes of it");
        tracing->add_option("experiment", trace.experiment, "Preset or experiment file")->required();
        tracing->add_option("--out", trace.out, "Folder for the trace")->type_name("DIR")->required();
        tracing->add_flag("--float64", trace.wide, "Compute in double precision");
        addChanges(*tracing, trace.changes);

        ReplayRequest replay;
        const CLI::App* replaying = addReplay(app, replay);

        SampleRequest sample;
        const CLI::App* sampling = addSample(app, sample);

        InterpolateRequest walk;
        const CLI::App* walking = addInterpolate(app, walk);

        ExportRequest exporting;
        const CLI::App* toExport = addExport(app, exporting);

        ImportRequest importing;
        const CLI::App* toImport = addImport(app, importing);

        RunsCommands runs;
        addRuns(app, runs);

        QueueCommands queue;
        const CLI::App* queueing = addQueue(app, queue);

        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            if (error.get_exit_code() == 0)
                return app.exit(error);
            return report({error.what(), "", "see saddle-cli --help"}, Usage);
        }

        if (list->parsed())
            return listCommand(what, json);
        if (validate->parsed())
            return validateCommand(experiment);
        if (benching->parsed())
            return benchCommand(bench);
        if (tuning->parsed())
            return tuneCommand(tune);
        if (studying->parsed())
            return studyCommand(study);
        if (tracing->parsed())
            return traceCommand(trace);
        if (replaying->parsed())
            return replayCommand(replay);
        if (sampling->parsed())
            return sampleCommand(sample);
        if (walking->parsed())
            return interpolateCommand(walk);
        if (toExport->parsed())
            return exportCommand(exporting);
        if (runs.toExport->parsed())
            return exportRunCommand(runs.exporting);
        if (runs.toUnpack->parsed())
            return unpackRunCommand(runs.unpacking);
        if (toImport->parsed())
            return importCommand(importing);
        if (runs.toList->parsed())
            return listRunsCommand(runs.list);
        if (queueing->parsed())
            return runQueueCommands(queue);
        if (train.experiment.empty() && train.resume.empty())
            return report({"no experiment is given", "train", "name a preset or a file, or a run by --resume"}, Usage);
        if (!train.experiment.empty() && train.out.empty())
            return report({"no folder for the run is given", "train", "add --out RUN"}, Usage);
        return trainCommand(train);
    } catch (const std::exception& error) {
        return report({std::string("an internal error: ") + error.what(), "", "please report it"});
    }
}

} // namespace saddle

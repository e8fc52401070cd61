// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/interpolate.h"
#include "core/runs/experiment.h"

#include <filesystem>
#include <string>
#include <vector>

namespace saddle {

/// Exit statuses of saddle-cli.
enum ExitStatus { Success = 0, Failed = 1, Usage = 2, Interrupted = 130 };

/// All of saddle-cli but main(): parses arguments, runs the command, returns its exit status. Nothing is thrown.
int runCommandLine(int argc, const char* const* argv);

/// Settings given on a command line in their order.
struct SettingChanges {
    std::vector<std::string> assignments; ///< "key=value"
    std::optional<std::int64_t> steps;
    std::optional<std::int64_t> seed;
    std::optional<std::string> device;
    std::optional<std::int64_t> threads;
};

/// The settings that a command line changes, or the assignment that is none.
Result<std::vector<Setting>> settingsOf(const SettingChanges& changes);

/// A resolved document with the settings of a command line put in.
Result<Json> applyChanges(Json document, const Catalog& catalog, const SettingChanges& changes);
/// The same of a preset or an experiment's file.
Result<Json> loadChanged(const std::string& experiment, const Catalog& catalog, const SettingChanges& changes);

struct TrainRequest {
    std::string experiment; ///< preset or file; empty with `resume`
    std::filesystem::path resume;
    std::filesystem::path out;
    SettingChanges changes;
    int workers = 1; ///< processes of this machine that share each batch
    bool quiet = false;
};

struct BenchRequest {
    std::string experiment;
    SettingChanges changes;
    std::int64_t warmup = 5;
    bool json = false;
    bool profile = false; ///< also tell where the time goes
};

/// Which order of images in memory trains fastest here. It changes the last bits of results, so it is a setting of an
/// experiment, and not decided anew by each machine.
struct TuneRequest {
    std::string experiment;
    std::filesystem::path out; ///< the experiment with what was found; empty: only told
    SettingChanges changes;
    std::int64_t rounds = 5; ///< of `changes.steps` steps
};

struct TraceRequest {
    std::string experiment;
    std::filesystem::path out;
    SettingChanges changes;
    bool wide = false; ///< float64
};

struct ReplayRequest {
    std::filesystem::path run;
    std::filesystem::path out; ///< run folder for the repetition, or empty
    std::int64_t steps = 0; ///< 0: all
    bool quiet = false;
};

struct StudyRequest {
    std::string study; ///< one that ships, or a file
    std::filesystem::path out;
    SettingChanges changes; ///< in every method
    std::vector<std::int64_t> seeds; ///< empty: the study's
    bool quiet = false;
};

/// What is said of a TorchScript file.
struct CodeRequest {
    bool trusted = false; ///< it may be run
    std::int64_t dimensions = 0; ///< numbers of its latent; 0: found by trying
    std::int64_t classes = 0; ///< of its label, likewise
};

struct SampleRequest {
    std::filesystem::path source; ///< run, checkpoint or file of a generator
    std::filesystem::path out; ///< PNG or folder
    std::optional<std::int64_t> count;
    std::optional<std::uint64_t> seed; ///< none: the run's, whose latents are those of its samples
    std::optional<double> truncation;
    std::string grid; ///< "4x8", rows and columns
    std::optional<std::string> label; ///< name or number
    std::string weights; ///< "ema", "plain", or empty
    std::filesystem::path latents; ///< CSV
    std::string canvas; ///< "1024x1024", width and height
    CodeRequest code;
    bool quiet = false;
};

struct InterpolateRequest {
    std::filesystem::path source; ///< run, checkpoint or file of a generator
    std::filesystem::path out; ///< .gif, .mp4 or folder; PNG for a sheet
    std::vector<std::uint64_t> seeds; ///< of the key frames; or one of the files below
    std::filesystem::path latents; ///< CSV
    std::filesystem::path path; ///< JSON
    std::optional<std::int64_t> frames; ///< a segment
    std::optional<double> framesPerSecond;
    bool loop = false;
    std::optional<Interpolation> interpolation; ///< none: the path's own, or what suits the latents
    std::string sheet; ///< "8x8", rows and columns
    std::optional<std::string> label; ///< name or number
    std::optional<double> truncation;
    int zoom = 1;
    std::string weights; ///< "ema", "plain", or empty
    CodeRequest code;
    bool quiet = false;
};

struct ExportRequest {
    std::filesystem::path source; ///< run, checkpoint or file of a generator
    std::optional<std::int64_t> step; ///< of a run: the checkpoint; none: the last
    std::string format; ///< "safetensors", "torchscript" or "onnx"
    std::string weights; ///< "ema", "plain", or empty
    std::filesystem::path out;
    bool quiet = false;
};

struct ImportRequest {
    std::filesystem::path source; ///< weights of PyTorch
    std::optional<std::string> network; ///< the place of one of several in it
    std::vector<std::string> answers; ///< "key=value": see ForeignAnswers
    std::filesystem::path out;
    bool quiet = false;
};

struct RunsRequest {
    std::filesystem::path folder; ///< of runs; empty: the window's own
    bool json = false;
};

struct RunExportRequest {
    std::filesystem::path run;
    std::string format; ///< "archive", "csv", "tensorboard", "gif" or "mp4"
    std::filesystem::path out;
    std::string checkpoints = "last"; ///< of an archive: "last", "all" or "none"
    double framesPerSecond = 10;
    int zoom = 1;
    bool quiet = false;
};

struct RunUnpackRequest {
    std::filesystem::path archive;
    std::filesystem::path into; ///< folder of runs; empty: the window's own
    bool quiet = false;
};

struct QueueAddRequest {
    std::string experiment; ///< preset or file
    SettingChanges changes;
    std::string name; ///< empty: the experiment's own
};

struct QueueRunRequest {
    std::filesystem::path runs; ///< folder of runs; empty: the window's own
    bool quiet = false;
};

int listCommand(const std::string& what, bool json);
int validateCommand(const std::string& experiment);
int trainCommand(const TrainRequest& request);
int benchCommand(const BenchRequest& request);
int tuneCommand(const TuneRequest& request);
int studyCommand(const StudyRequest& request);
int traceCommand(const TraceRequest& request);
int replayCommand(const ReplayRequest& request);
int sampleCommand(const SampleRequest& request);
int interpolateCommand(const InterpolateRequest& request);
int exportCommand(const ExportRequest& request);
int exportRunCommand(const RunExportRequest& request);
int unpackRunCommand(const RunUnpackRequest& request);
int importCommand(const ImportRequest& request);
int listRunsCommand(const RunsRequest& request);
int addToQueueCommand(const QueueAddRequest& request);
int listQueueCommand(bool json);
int removeFromQueueCommand(const std::vector<std::int64_t>& ids);
int clearQueueCommand();
int retryInQueueCommand(std::int64_t id);
int runQueueCommand(const QueueRunRequest& request);

/// "saddle-cli: what: where: remedy" on standard error.
int report(const Error& error, int status = Failed);

} // namespace saddle

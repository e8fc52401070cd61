// SPDX-License-Identifier: GPL-3.0-or-later
// PyTorch's weights become a generator of Saddle's: as the window does, with the answers given beforehand.
#include "core/commands/commands.h"
#include "core/commands/generating.h"
#include "core/commands/output.h"

#include "core/io/torch_file.h"
#include "core/latent/foreign/foreign_proposal.h"
#include "core/latent/generator_file.h"
#include "core/training/builtin.h"

#include <algorithm>
#include <cstdio>

namespace saddle {

namespace {

/// The one that is named, or the only one there is.
Result<std::size_t> networkNamed(
    const std::vector<TorchNetwork>& networks, const std::optional<std::string>& place, const std::string& where)
{
    if (!place && networks.size() == 1)
        return std::size_t{0};
    const auto found = std::find_if(networks.begin(), networks.end(),
        [&](const TorchNetwork& network) { return place && network.place == *place; });
    if (found != networks.end())
        return static_cast<std::size_t>(found - networks.begin());
    std::string names;
    for (const TorchNetwork& network : networks)
        names += (names.empty() ? "“" : ", “") + network.place + "”" + (network.averaged ? " (averaged)" : "");
    return Error{
        place ? "there is no network “" + *place + "” in this file" : "there are several networks in this file", where,
        "name one by --network: " + names};
}

void sayQuestion(const ForeignQuestion& question)
{
    std::fprintf(stderr, "%s\n", question.words.c_str());
    std::string answers;
    for (const ChoiceItem& choice : question.choices)
        answers += (answers.empty() ? "" : ", ") + choice.value;
    const std::string taken = question.answer.empty() ? "nothing: an answer is needed" : question.answer;
    std::fprintf(stderr, "    --answer %s=…  taken: %s; likely: %s%s\n", question.key.c_str(), taken.c_str(),
        answers.empty() ? "–" : answers.c_str(), question.open ? ", or another" : "");
}

void say(const ForeignProposal& proposal)
{
    for (const ForeignQuestion& question : proposal.questions)
        sayQuestion(question);
    for (const std::string& guess : proposal.guesses)
        std::fprintf(stderr, "taken to be so: %s\n", guess.c_str());
    for (const std::string& unknown : proposal.unknown)
        std::fprintf(stderr, "not used: %s\n", unknown.c_str());
}

Result<ForeignAnswers> answersFrom(const std::vector<std::string>& assignments)
{
    ForeignAnswers answers;
    for (const std::string& assignment : assignments) {
        const std::size_t equals = assignment.find('=');
        if (equals == std::string::npos || equals == 0)
            return Error{
                "“" + assignment + "” is not KEY=VALUE", "--answer", "write for example --answer image=3x64x64"};
        answers[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
    return answers;
}

} // namespace

int importCommand(const ImportRequest& request)
{
    const Result<ForeignAnswers> answers = answersFrom(request.answers);
    if (!answers)
        return report(answers.error(), Usage);
    if (const Status usable = checkOutputFile(request.out); !usable)
        return report(usable.error());
    const Result<TorchFile> file = TorchFile::read(request.source);
    if (!file)
        return report(file.error());
    const Result<std::size_t> network = networkNamed(file->networks(), request.network, request.source.string());
    if (!network)
        return report(network.error(), Usage);
    const Result<StateDict> state = file->load(*network);
    if (!state)
        return report(state.error());
    const Registry<LayerInfo>& layers = builtinCatalog().layers;
    const Result<ForeignProposal> proposal = proposeGenerator(*state, request.source, *answers, layers);
    if (!proposal)
        return report(proposal.error());
    if (!request.quiet || !proposal->complete())
        say(*proposal);
    if (!proposal->complete())
        return report({"a question has no answer", request.source.string(), "give it by --answer KEY=VALUE"});
    if (const Result<NetworkReport> fits = checkProposal(proposal->model, layers); !fits)
        return report(fits.error());
    return written(writeModel(request.out, proposal->model), request.out);
}

} // namespace saddle

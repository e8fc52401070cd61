// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latent/foreign/foreign_answers.h"

#include "core/base/shown_name.h"
#include "core/base/text.h"
#include "core/io/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace saddle {

namespace {

constexpr const char* defaultRange = "-1 to 1";

const std::vector<ChoiceItem>& activationChoices()
{
    static const std::vector<ChoiceItem> choices{{"relu", "ReLU"}, {"leaky_relu", "Leaky ReLU, slope 0.2"},
        {"leaky_relu_0.01", "Leaky ReLU, slope 0.01"}, {"elu", "ELU"}, {"tanh", "tanh"}, {"sigmoid", "Sigmoid"},
        {"none", "None"}};
    return choices;
}
const std::vector<ChoiceItem>& outputChoices()
{
    static const std::vector<ChoiceItem> choices{
        {"tanh", "tanh: −1 to 1"}, {"sigmoid", "Sigmoid: 0 to 1"}, {"none", "None"}};
    return choices;
}
const std::vector<ChoiceItem>& rangeChoices()
{
    static const std::vector<ChoiceItem> choices{
        {defaultRange, "−1 to 1"}, {"0 to 1", "0 to 1"}, {"0 to 255", "0 to 255"}};
    return choices;
}
const std::vector<ChoiceItem>& distributionChoices()
{
    static const std::vector<ChoiceItem> choices{{"normal", "Normal, N(0, 1)"}, {"uniform", "Uniform, −1 to 1"}};
    return choices;
}
const std::vector<ChoiceItem>& orderChoices()
{
    static const std::vector<ChoiceItem> choices{
        {"latent_first", "The latent, then the label"}, {"label_first", "The label, then the latent"}};
    return choices;
}
const std::vector<ChoiceItem>& upsamplingChoices()
{
    static const std::vector<ChoiceItem> choices{{"nearest", "Nearest"}, {"bilinear", "Bilinear"}};
    return choices;
}
const std::vector<ChoiceItem>& epsilonChoices()
{
    static const std::vector<ChoiceItem> choices{{"1e-05", "0.00001, PyTorch’s own"},
        {"0.8", "0.8, where BatchNorm2d(n, 0.8) was written"}, {"0.001", "0.001, that of TensorFlow"}};
    return choices;
}

Error noAnswer(const std::string& key, const std::string& given, const std::string& remedy)
{
    return {"“" + shownName(given) + "” is no answer to “" + key + "”", "", remedy};
}

/// The answer to a key, which must be one of the choices; else what is first among them.
Result<std::string> chosen(
    const ForeignAnswers& answers, const std::string& key, const std::vector<ChoiceItem>& choices)
{
    const auto given = answers.find(key);
    if (given == answers.end())
        return choices.front().value;
    std::string all;
    for (const ChoiceItem& choice : choices) {
        if (choice.value == given->second)
            return choice.value;
        all += (all.empty() ? "" : ", ") + choice.value;
    }
    return noAnswer(key, given->second, "choose one of " + all);
}

std::optional<std::int64_t> wholeNumber(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// "3x64x64", or "2" for points.
std::optional<Shape> imageOf(std::string_view text)
{
    constexpr std::int64_t largest = 65536;
    Shape shape;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('x', at), text.size());
        const std::optional<std::int64_t> size = wholeNumber(text.substr(at, end - at));
        if (!size || *size < 1 || *size > largest || shape.size() == 3)
            return std::nullopt;
        shape.push_back(*size);
        at = end + 1;
    }
    if (shape.size() != 3 && shape != Shape{2})
        return std::nullopt;
    return shape;
}

Status readImage(const ForeignAnswers& answers, const ForeignChain& chain, ForeignSettings& settings)
{
    const auto given = answers.find("image");
    if (given == answers.end())
        return {};
    settings.image = imageOf(given->second);
    if (!settings.image)
        return noAnswer("image", given->second, "write channels, height and width, such as 3x64x64");
    const bool fits = chain.endsAsMap ? settings.image->size() == 3 && settings.image->front() == chain.output
                                      : elementCount(*settings.image) == chain.output;
    if (fits)
        return {};
    return Error{"images of " + shapeText(*settings.image) + " cannot come of a last layer that gives "
            + counted(chain.output, chain.endsAsMap ? "channel" : "number"),
        "", "give a size that agrees"};
}

Status readClasses(const ForeignAnswers& answers, const ForeignChain& chain, ForeignSettings& settings)
{
    const std::int64_t table = chain.embedding ? chain.embedding->size(0) : 0;
    settings.classes = table;
    settings.labelFirst = chain.embedding != nullptr;
    const std::int64_t beside = chain.embedding ? chain.embedding->size(1) : 0;
    if (const auto given = answers.find("classes"); given != answers.end()) {
        const std::optional<std::int64_t> classes = wholeNumber(given->second);
        if (!classes || *classes < 0 || (table > 0 && *classes != table))
            return noAnswer("classes", given->second, table > 0 ? "it has " + std::to_string(table) : "give a number");
        settings.classes = *classes;
    }
    if (chain.embedding && beside >= chain.input) {
        return Error{chain.embedding->shownWeight() + " is a table of " + grouped(beside)
                + " numbers a class that is not beside the latent (the first layer takes " + grouped(chain.input)
                + "), perhaps multiplied with it, which no layer of Saddle’s does",
            "", "export this generator as TorchScript or ONNX"};
    }
    if (!chain.embedding && settings.classes >= chain.input) {
        return Error{"with " + counted(settings.classes, "class")
                + " beside it no latent is left: the first layer takes " + grouped(chain.input) + " numbers",
            "", "give fewer classes"};
    }
    if (answers.contains("label_order")) {
        const Result<std::string> order = chosen(answers, "label_order", orderChoices());
        if (!order)
            return order.error();
        settings.labelFirst = *order == "label_first";
    }
    return {};
}

Status readRange(const ForeignAnswers& answers, ForeignSettings& settings)
{
    if (settings.output == "sigmoid")
        settings.range = {0, 1};
    const auto given = answers.find("range");
    if (given == answers.end() || settings.output != "none")
        return {};
    const std::size_t middle = given->second.find(" to ");
    const std::string_view text = given->second;
    const auto low = parseNumber(text.substr(0, middle));
    const auto high = middle == std::string::npos ? std::nullopt : parseNumber(text.substr(middle + 4));
    if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high) || *low >= *high)
        return noAnswer("range", given->second, "write black and white, such as -1 to 1");
    settings.range = {*low, *high};
    return {};
}

Status readEpsilon(const ForeignAnswers& answers, ForeignSettings& settings)
{
    const auto given = answers.find("norm_epsilon");
    if (given == answers.end())
        return {};
    const std::optional<double> epsilon = parseNumber(given->second);
    if (!epsilon || !(*epsilon >= 1e-12 && *epsilon <= 1))
        return noAnswer("norm_epsilon", given->second, "give a number between 0 and 1, such as 1e-05");
    settings.normEpsilon = *epsilon;
    return {};
}

} // namespace

std::string imageAnswer(const Shape& image)
{
    std::string text;
    for (const std::int64_t size : image)
        text += (text.empty() ? "" : "x") + std::to_string(size);
    return text;
}

Shape likelyImage(std::int64_t numbers)
{
    if (numbers == 2)
        return {2};
    for (const std::int64_t channels : {1, 3}) {
        const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(numbers / channels))));
        if (channels * side * side == numbers && side >= 4)
            return {channels, side, side};
    }
    return {};
}

Result<ForeignSettings> readAnswers(const ForeignAnswers& answers, const ForeignChain& chain)
{
    static const std::vector<std::string> known{"image", "classes", "label_order", "distribution", "activation",
        "output", "range", "norm_epsilon", "upsampling"};
    for (const auto& [key, value] : answers) {
        if (std::find(known.begin(), known.end(), key) == known.end())
            return Error{"nothing is asked under “" + shownName(key) + "”", "", "leave it out"};
    }
    ForeignSettings settings;
    const Result<std::string> distribution = chosen(answers, "distribution", distributionChoices());
    const Result<std::string> activation = chosen(answers, "activation", activationChoices());
    const Result<std::string> output = chosen(answers, "output", outputChoices());
    const Result<std::string> upsampling = chosen(answers, "upsampling", upsamplingChoices());
    for (const Result<std::string>* each : {&distribution, &activation, &output, &upsampling}) {
        if (!*each)
            return each->error();
    }
    settings.distribution = *distribution == "normal" ? LatentDistribution::Normal : LatentDistribution::Uniform;
    settings.slope = *activation == "leaky_relu_0.01" ? 0.01 : 0.2;
    settings.activation = *activation == "leaky_relu_0.01" ? "leaky_relu" : *activation;
    settings.output = *output;
    settings.upsampling = *upsampling;
    for (const Status& read : {readImage(answers, chain, settings), readClasses(answers, chain, settings),
             readRange(answers, settings), readEpsilon(answers, settings)}) {
        if (!read)
            return read.error();
    }
    return settings;
}

ForeignQuestion imageQuestion(const std::vector<Shape>& likely, const Shape& taken)
{
    ForeignQuestion question{
        "image", "Which size do its images have (channels × height × width)?", {}, true, imageAnswer(taken)};
    for (const Shape& image : likely)
        question.choices.push_back({imageAnswer(image), image == Shape{2} ? "points of the plane" : shapeText(image)});
    return question;
}

std::vector<ForeignQuestion> otherQuestions(
    const ForeignChain& chain, const ForeignSettings& settings, const ForeignAnswers& answers, bool enlarges)
{
    const auto answered = [&answers](const char* key, const std::string& taken) {
        const auto given = answers.find(key);
        return given == answers.end() ? taken : given->second;
    };
    std::vector<ForeignQuestion> questions;
    if (!chain.embedding) {
        questions.push_back({"classes",
            "Its first layer takes " + counted(chain.input, "number")
                + ". How many of them are the class, one-hot beside the latent?",
            {{"0", "None: it reads no class"}}, true, std::to_string(settings.classes)});
        if (chain.input > 10)
            questions.back().choices.push_back({"10", "10 classes"});
    }
    if (settings.classes > 0) {
        questions.push_back({"label_order", "Which comes first where the label stands beside the latent?",
            orderChoices(), false, settings.labelFirst ? "label_first" : "latent_first"});
    }
    questions.push_back({"distribution", "What were its latents drawn from?", distributionChoices(), false,
        answered("distribution", "normal")});
    questions.push_back(
        {"activation", "What follows its hidden layers?", activationChoices(), false, answered("activation", "relu")});
    questions.push_back({"output", "What follows its last layer?", outputChoices(), false, settings.output});
    if (settings.output == "none")
        questions.push_back(
            {"range", "Which numbers are black and white?", rangeChoices(), true, answered("range", defaultRange)});
    const bool norms = std::any_of(chain.steps.begin(), chain.steps.end(),
        [](const ForeignStep& step) { return step.norm || step.kind == ForeignStep::Kind::Norm; });
    if (norms) {
        questions.push_back({"norm_epsilon", "What do its batch norms add under the root?", epsilonChoices(), true,
            answered("norm_epsilon", "1e-05")});
    }
    if (enlarges) {
        questions.push_back({"upsampling", "How does it enlarge?", upsamplingChoices(), false, settings.upsampling});
    }
    return questions;
}

} // namespace saddle

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/params/describe.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

#include <clocale>
#include <filesystem>

using namespace saddle;
using namespace saddle::test;

namespace {

enum class Mood { Calm, Wild };

struct SharedOptions {
    std::int64_t size = 28;
};

struct AllOptions : SharedOptions {
    bool flag = true;
    std::int64_t count = 7;
    double rate = 0.25;
    Mood mood = Mood::Wild;
    std::string colour = "red";
    std::string note = "as it is";
    std::filesystem::path file = "/tmp/a b";
    std::vector<std::int64_t> shape{128, 7, 7};
    std::vector<std::array<double, 2>> places{{0.5, -1}};
};

Schema<AllOptions> declareAll()
{
    using O = AllOptions;
    Schema<O> schema;
    schema.parameter("flag", &O::flag, {.label = "Flag"})
        .parameter("count", &O::count, {.label = "Count", .min = 1, .max = 1000})
        .parameter("rate", &O::rate,
            {.label = "Rate", .unit = "1/s", .min = 0, .max = 1, .scale = Scale::Log, .applies = Applies::Live})
        .parameter("mood", &O::mood, {.label = "Mood", .choices = {{"calm", "Calm"}, {"wild", "Wild"}}})
        .parameter("colour", &O::colour, {.label = "Colour", .choices = {{"red", "Red"}, {"green", "Green"}}})
        .parameter("note", &O::note, {.label = "Note"})
        .parameter("file", &O::file, {.label = "File"})
        .parameter("shape", &O::shape, {.label = "Shape"})
        .parameter("places", &O::places, {.label = "Places", .min = -2, .max = 2})
        .parameter("size", &SharedOptions::size, {.label = "Size", .min = 0});
    return schema;
}

const Schema<AllOptions>& allSchema()
{
    static const Schema<AllOptions> schema = declareAll();
    return schema;
}

Parameter parameter(const std::string& key)
{
    for (const Parameter& one : allSchema().parameters()) {
        if (one.key == key)
            return one;
    }
    throw std::logic_error("no parameter " + key);
}

Json parsed(const char* text)
{
    return Json::parse(text);
}

} // namespace

class TestParams : public QObject {
    Q_OBJECT

private slots:
    void defaultsAreTheInitialisers();
    void typesFollowTheMembers();
    void optionsComeBack();
    void missingKeysKeepDefaults();
    void resolvingFillsInAndKeepsOrder();
    void unknownKeys();
    void wrongTypes_data();
    void wrongTypes();
    void ranges();
    void wholeNumbers();
    void choices();
    void sizes();
    void pathsInErrors();
    void declaredTwice();
    void registry();
    void visibility();
    void nearest();
    void valuesFromText();
    void sentences();
    void numbersInAnyLocale();
    void jsonErrorsHaveAPlace();
    void pointsAreChecked();
    void jsonBehindNul();
    void jsonDepth();
    void dottedPaths();
    void jsonInSentences();
};

void TestParams::defaultsAreTheInitialisers()
{
    QCOMPARE(parameter("flag").defaultValue, Json(true));
    QCOMPARE(parameter("count").defaultValue, Json(7));
    QCOMPARE(parameter("rate").defaultValue, Json(0.25));
    QCOMPARE(parameter("mood").defaultValue, Json("wild"));
    QCOMPARE(parameter("colour").defaultValue, Json("red"));
    QCOMPARE(parameter("file").defaultValue, Json("/tmp/a b"));
    QCOMPARE(parameter("shape").defaultValue, parsed("[128, 7, 7]"));
    QCOMPARE(parameter("size").defaultValue, Json(28));
    for (const Parameter& one : allSchema().parameters())
        QVERIFY_OK(one.check(one.defaultValue, one.key));
}

void TestParams::typesFollowTheMembers()
{
    QCOMPARE(parameter("flag").type, ParameterType::Boolean);
    QCOMPARE(parameter("count").type, ParameterType::Integer);
    QCOMPARE(parameter("rate").type, ParameterType::Real);
    QCOMPARE(parameter("mood").type, ParameterType::Choice);
    QCOMPARE(parameter("colour").type, ParameterType::Choice);
    QCOMPARE(parameter("note").type, ParameterType::Text);
    QCOMPARE(parameter("file").type, ParameterType::Path);
    QCOMPARE(parameter("shape").type, ParameterType::Sizes);
    QCOMPARE(parameter("places").type, ParameterType::Points);
    QCOMPARE(parameter("rate").applies, Applies::Live);
    QCOMPARE(parameter("count").applies, Applies::Restart);
    QCOMPARE(parameter("rate").unit, std::string("1/s"));
}

void TestParams::optionsComeBack()
{
    const Schema<AllOptions> schema = allSchema();
    AllOptions options;
    options.flag = false;
    options.count = 1000;
    options.rate = 1.0 / 3;
    options.mood = Mood::Calm;
    options.colour = "green";
    options.note = "“quoted”\n";
    options.file = "elsewhere";
    options.shape = {1, 2};
    options.places = {{0, 0.1}, {-2, 2}};
    options.size = 0;
    const Json written = schema.write(options);
    const Result<Json> resolved = resolveParameters(schema.parameters(), written, "all");
    QVERIFY_OK(resolved);
    QCOMPARE(*resolved, written);
    // Through text, as a file does it.
    const AllOptions back = schema.read(Json::parse(prettyJson(*resolved)));
    QCOMPARE(back.flag, options.flag);
    QCOMPARE(back.count, options.count);
    QCOMPARE(back.rate, options.rate);
    QCOMPARE(back.mood, options.mood);
    QCOMPARE(back.colour, options.colour);
    QCOMPARE(back.note, options.note);
    QVERIFY(back.file == options.file);
    QCOMPARE(back.shape, options.shape);
    QVERIFY(back.places == options.places);
    QCOMPARE(back.size, options.size);
}

void TestParams::missingKeysKeepDefaults()
{
    const AllOptions read = allSchema().read(parsed(R"({"count": 9})"));
    QCOMPARE(read.count, 9);
    QCOMPARE(read.rate, 0.25);
    QCOMPARE(read.mood, Mood::Wild);
}

void TestParams::resolvingFillsInAndKeepsOrder()
{
    const Schema<AllOptions> schema = allSchema();
    const Result<Json> resolved =
        resolveParameters(schema.parameters(), parsed(R"({"rate": 1, "flag": false})"), "all");
    QVERIFY_OK(resolved);
    QCOMPARE(resolved->size(), schema.parameters().size());
    std::size_t i = 0;
    for (const auto& [key, value] : resolved->items())
        QCOMPARE(key, schema.parameters()[i++].key);
    QCOMPARE((*resolved)["rate"], Json(1.0));
    QVERIFY((*resolved)["rate"].is_number_float());
    QCOMPARE((*resolved)["flag"], Json(false));
    QCOMPARE((*resolved)["count"], Json(7));
}

void TestParams::unknownKeys()
{
    const std::vector<Parameter> parameters = allSchema().parameters();
    SAYS(resolveParameters(parameters, parsed(R"({"rat": 1})"), "all"), "all.rat", "Did you mean “rate”?");
    SAYS(resolveParameters(parameters, parsed(R"({"entirely_different": 1})"), "all"), "all.entirely_different",
        "Remove it");
    SAYS(resolveParameters(parameters, parsed(R"({"": 1})"), "all"), "all.");
    SAYS(resolveParameters(parameters, parsed("[1]"), "all"), "all", "object");
    SAYS(resolveParameters(parameters, Json(nullptr), "all"), "all", "object");
    // Keys of somebody else are passed over, and not taken along.
    const Result<Json> resolved = resolveParameters(parameters, parsed(R"({"kind": 5})"), "all", {"kind"});
    QVERIFY_OK(resolved);
    QVERIFY(!resolved->contains("kind"));
    SAYS(resolveParameters(parameters, parsed(R"({"kid": 5})"), "all", {"kind"}), "“kind”");
}

void TestParams::wrongTypes_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    const std::map<QString, QStringList> wrong{
        {"flag", {"0", "1", "\"true\"", "null", "[true]", "{}"}},
        {"count", {"\"7\"", "true", "null", "[7]", "{}"}},
        {"rate", {"\"0.5\"", "false", "null", "[]", "{}"}},
        {"mood", {"0", "true", "null", "[\"calm\"]", "\"Calm\"", "\"\""}},
        {"colour", {"1", "\"blue\""}},
        {"note", {"1", "null", "true", "[]"}},
        {"file", {"1", "null", "{}"}},
        {"shape",
            {"7", "null", "true", "[]", "[0]", "[-1]", "[1.5]", "[\"7\"]", "[[7]]", "\"\"", "\"7x\"", "\"x7\"",
                "\"7 x 7\"", "\"7y7\"", "[1,1,1,1,1,1,1,1,1]", "[1048577]", "[18446744073709551615]"}},
    };
    for (const auto& [key, values] : wrong) {
        for (const QString& value : values)
            QTest::newRow(qPrintable(key + " " + value)) << key << value;
    }
}

void TestParams::wrongTypes()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    Json given = Json::object();
    given[key.toStdString()] = Json::parse(value.toStdString());
    const Result<Json> resolved = resolveParameters(allSchema().parameters(), given, "part.all");
    QVERIFY(!resolved.ok());
    QCOMPARE(QString::fromStdString(resolved.error().where), "part.all." + key);
    QVERIFY(!resolved.error().remedy.empty());
}

void TestParams::ranges()
{
    const Parameter count = parameter("count");
    QVERIFY_OK(count.check(1, "count"));
    QVERIFY_OK(count.check(1000, "count"));
    SAYS(count.check(0, "section.count"), "section.count", "0 is out of range", "1 to 1000");
    SAYS(count.check(1001, "section.count"), "1001", "1 to 1000");
    const Parameter rate = parameter("rate");
    QVERIFY_OK(rate.check(0, "rate"));
    QVERIFY_OK(rate.check(1, "rate"));
    SAYS(rate.check(1.0000001, "rate"), "1.0000001", "0 to 1");
    SAYS(rate.check(-1e-300, "rate"), "0 to 1");
    SAYS(parameter("size").check(-1, "size"), "at least 0", "-1");
    Parameter bounded = rate;
    bounded.min = -std::numeric_limits<double>::infinity();
    SAYS(bounded.check(2, "rate"), "at most 1");
    bounded.max = std::numeric_limits<double>::infinity();
    QCOMPARE(bounded.rangeText(), std::string());
    SAYS(bounded.check(std::numeric_limits<double>::infinity(), "rate"), "finite");
    SAYS(bounded.check(std::numeric_limits<double>::quiet_NaN(), "rate"), "finite");
}

void TestParams::wholeNumbers()
{
    const Parameter size = parameter("size");
    const Result<Json> checked = size.check(Json(3.0), "size");
    QVERIFY_OK(checked);
    QVERIFY(checked->is_number_integer());
    QCOMPARE(*checked, Json(3));
    SAYS(size.check(Json(3.5), "size"), "3.5", "whole number");
    SAYS(size.check(Json(1e300), "size"), "whole number");
    SAYS(size.check(Json(std::numeric_limits<std::uint64_t>::max()), "size"), "whole number");
    QCOMPARE(*size.check(Json(std::int64_t{9007199254740992}), "size"), Json(std::int64_t{9007199254740992}));
}

void TestParams::choices()
{
    SAYS(parameter("mood").check("clam", "mood"), "mood", "“clam”", "Did you mean “calm”", "calm, wild");
    SAYS(parameter("mood").check("something", "mood"), "Give one of: calm, wild");
    // An enumerator without a word is a mistake of ours, told at once.
    Schema<AllOptions> schema;
    QVERIFY_THROWS_EXCEPTION(
        std::out_of_range, schema.parameter("mood", &AllOptions::mood, {.choices = {{"calm", "Calm"}}}));
}

void TestParams::sizes()
{
    const Parameter shape = parameter("shape");
    QCOMPARE(*shape.check("128x7x7", "shape"), parsed("[128, 7, 7]"));
    QCOMPARE(*shape.check(parsed("[1048576]"), "shape"), parsed("[1048576]"));
    QCOMPARE(sizesText(parsed("[128, 7, 7]")), std::string("128x7x7"));
    QCOMPARE(sizesFromText("5"), parsed("[5]"));
    QCOMPARE(sizesFromText("5x"), Json::array());
    QCOMPARE(sizesFromText("99999999999999999999"), Json::array());
    SAYS(shape.check("7x0", "shape"), "shape", "[128, 7, 7]");
}

void TestParams::pathsInErrors()
{
    const std::vector<Parameter> parameters = allSchema().parameters();
    SAYS(resolveParameters(parameters, parsed(R"({"count": 0})"), "a.b"), "a.b.count:", "1 to 1000");
    const Result<Json> atTop = resolveParameters(parameters, parsed(R"({"count": 0})"), "");
    QCOMPARE(atTop.error().where, std::string("count"));
}

void TestParams::declaredTwice()
{
    Schema<AllOptions> schema = allSchema();
    QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.parameter("count", &AllOptions::count, {}));
    QCOMPARE(schema.parameters().size(), allSchema().parameters().size());
}

void TestParams::registry()
{
    Registry<InfoBase> registry("animal");
    registry.add({"horse", "Horse", "It is ridden", "", {}});
    registry.add({"donkey", "Donkey", "It carries", "", {}});
    QVERIFY_THROWS_EXCEPTION(std::logic_error, registry.add({"horse", "Another", "", "", {}}));
    QCOMPARE(registry.items().size(), std::size_t{2});
    QCOMPARE(registry.find("donkey")->label, std::string("Donkey"));
    QVERIFY(!registry.find("Horse"));
    QCOMPARE((*registry.get("horse", "x"))->help, std::string("It is ridden"));
    SAYS(registry.get("hors", "farm.kind"), "farm.kind", "animal", "“hors”", "Did you mean “horse”", "horse, donkey");
    SAYS(registry.get("xylophone", "farm.kind"), "Known: horse, donkey");
    QCOMPARE(registry.choices().size(), std::size_t{2});
    QCOMPARE(registry.choices()[1].value, std::string("donkey"));
    QCOMPARE(registry.choices()[1].label, std::string("Donkey"));
}

void TestParams::visibility()
{
    Parameter one = parameter("rate");
    QVERIFY(one.visibleIn(Json::object()));
    one.visibleWhen = {"mood", {"calm", "wild"}};
    QVERIFY(one.visibleIn(parsed(R"({"mood": "wild"})")));
    QVERIFY(!one.visibleIn(parsed(R"({"mood": "other"})")));
    QVERIFY(!one.visibleIn(Json::object()));
    one.visibleWhen = {"flag", {"true"}};
    QVERIFY(one.visibleIn(parsed(R"({"flag": true})")));
    QVERIFY(!one.visibleIn(parsed(R"({"flag": false})")));
    QVERIFY(!one.visibleIn(parsed("[1]")));
}

void TestParams::nearest()
{
    const std::vector<std::string> known{"learning_rate", "beta1", "beta2"};
    QCOMPARE(nearestWord("learnin_rate", known), std::string("learning_rate"));
    QCOMPARE(nearestWord("beta_1", known), std::string("beta1"));
    QCOMPARE(nearestWord("beta2", known), std::string("beta2"));
    QCOMPARE(nearestWord("zzzzzzzz", known), std::string());
    QCOMPARE(nearestWord("beta", {}), std::string());
}

void TestParams::valuesFromText()
{
    QCOMPARE(valueFromText("5"), Json(5));
    QVERIFY(valueFromText("5").is_number_integer());
    QCOMPARE(valueFromText("2e-4"), Json(2e-4));
    QCOMPARE(valueFromText("true"), Json(true));
    QCOMPARE(valueFromText("[1, 2]"), parsed("[1, 2]"));
    QCOMPARE(valueFromText("\"5\""), Json("5"));
    QCOMPARE(valueFromText("lsgan"), Json("lsgan"));
    QCOMPARE(valueFromText("128x7x7"), Json("128x7x7"));
    QCOMPARE(valueFromText(""), Json(""));
    QCOMPARE(valueFromText("/a path/with.dots"), Json("/a path/with.dots"));
    QCOMPARE(valueFromText("5 6"), Json("5 6"));
    QCOMPARE(valueFromText("1e999"), Json("1e999"));
    const std::string behindNul("5\0x", 3);
    QCOMPARE(valueFromText(behindNul), Json(behindNul));
    // A command line may hold any bytes; the refusal must survive them.
    SAYS(parameter("count").check(valueFromText("\xff\xfe"), "count"), "count", "is not a number");
    SAYS(parameter("shape").check(valueFromText("\xff"), "shape"), "shape");
}

void TestParams::sentences()
{
    QCOMPARE((Error{"it broke", "here", "mend it"}.sentence()), std::string("here: it broke. Mend it."));
    QCOMPARE((Error{"it broke", "", ""}.sentence()), std::string("it broke."));
    QCOMPARE((Error{"it broke.", "here", "why?"}.sentence()), std::string("here: it broke. Why?"));
    QCOMPARE((Error{"it broke", "key", ""}.in("file").sentence()), std::string("file: key: it broke."));
    QCOMPARE((Error{"it broke", "", "mend it"}.in("file").where), std::string("file"));
}

void TestParams::numbersInAnyLocale()
{
    // Qt takes over the user's locale. Not every machine has this one, then this proves less.
    std::setlocale(LC_ALL, "de_DE.UTF-8");
    Parameter rate = parameter("rate");
    rate.max = 0.999999;
    const std::string range = rate.rangeText();
    const std::string sentence = rate.check(1.5, "rate").error().sentence();
    std::setlocale(LC_ALL, "C");
    QCOMPARE(range, std::string("0 to 0.999999"));
    QCOMPARE(sentence, std::string("rate: 1.5 is out of range. Give 0 to 0.999999."));
    rate.min = 1e-12;
    rate.max = 1e9;
    QCOMPARE(rate.rangeText(), std::string("1e-12 to 1000000000"));
}

void TestParams::jsonErrorsHaveAPlace()
{
    QCOMPARE(*parseJson("{\"b\": 1, \"a\": [2]}", "x"), parsed(R"({"b": 1, "a": [2]})"));
    SAYS(parseJson("{\n  \"a\": 1,\n  \"b\" 2\n}", "file.json"), "file.json, line 3, column 7");
    SAYS(parseJson("", "file.json"), "file.json, line 1, column 1");
    SAYS(parseJson("{", "file.json"), "file.json, line 1");
    SAYS(parseJson("{} {}", "file.json"), "line 1, column 4");
    SAYS(parseJson("\"\xff\"", "file.json"), "file.json");
    SAYS(parseJson("1e999", "file.json"), "file.json", "valid JSON");
    const Scratch scratch;
    SAYS(readJson(scratch.path("none.json")), "none.json");
    SAYS(readJson(scratch.write("bad.json", "{\"a\":\n}")), "bad.json, line 2");
    QCOMPARE(*readJson(scratch.write("good.json", "[1]")), parsed("[1]"));
}

void TestParams::pointsAreChecked()
{
    const Parameter places = parameter("places");
    QCOMPARE(*places.check(parsed("[[1, -2], [0.5, 2]]"), "places"), parsed("[[1.0, -2.0], [0.5, 2.0]]"));
    QCOMPARE(*places.check(Json::array(), "places"), Json::array());
    SAYS(places.check("0,0", "data.places"), "data.places", "not a list of points", "[[-1, 0], [0.5, 0.5]]");
    SAYS(places.check(parsed("[[1, 1], [1]]"), "data.places"), "data.places[1]", "[1] is not a pair");
    SAYS(places.check(parsed("[[1, 1], 3]"), "data.places"), "data.places[1]", "not a pair");
    SAYS(places.check(parsed("[[1, \"a\"]]"), "data.places"), "data.places[0]", "not a number");
    SAYS(places.check(parsed("[[1, 2.5]]"), "data.places"), "data.places[0]", "2.5 is out of range", "-2 to 2");
    Json many = Json::array();
    for (std::size_t i = 0; i <= mostPoints; ++i)
        many.push_back({0, 0});
    SAYS(places.check(many, "data.places"), "20001 points", "at most 20000");
    many.erase(0);
    QVERIFY_OK(places.check(many, "data.places"));
}

void TestParams::jsonBehindNul()
{
    using namespace std::string_view_literals;
    SAYS(parseJson("{\"a\": 1}\0{\"b\": 2}"sv, "file.json"), "file.json, line 1, column 9", "NUL");
    SAYS(parseJson("{}\n\0"sv, "file.json"), "line 2, column 1");
    SAYS(parseJson("\0"sv, "file.json"), "NUL");
    SAYS(parseJson("{\"a\0\": 1}"sv, "file.json"), "NUL");
    QCOMPARE(*parseJson(R"("\u0000")", "x"), Json(std::string(1, '\0')));
}

void TestParams::jsonDepth()
{
    const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i)
            text += open;
        text += "1";
        for (std::size_t i = 0; i < depth; ++i)
            text += close;
        return text;
    };
    QVERIFY_OK(parseJson(nested(100, "[", "]"), "x", documentDepth));
    SAYS(parseJson(nested(101, "[", "]"), "x", documentDepth), "column 101", "100 levels");
    SAYS(parseJson(nested(101, "{\"a\":", "}"), "x", documentDepth), "100 levels");
    // Far more than a stack holds.
    SAYS(parseJson(nested(1'000'000, "[", "]"), "x", documentDepth), "100 levels");
    SAYS(parseJson(std::string(1'000'000, '['), "x", documentDepth), "100 levels");
    const std::string abyss = nested(1'000'000, "[", "]");
    const Scratch scratch;
    SAYS(readJson(scratch.write("deep.json", abyss)), "deep.json, line 1, column 101");
    QVERIFY(valueFromText(abyss).is_string());
    // Brackets in text, behind quotes of every sort, and beside each other do not count.
    QVERIFY_OK(
        parseJson("\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\\\\\"", "x", documentDepth));
    std::string wide = "[";
    for (int i = 0; i < 1000; ++i)
        wide += "[],{},";
    QVERIFY_OK(parseJson(wide + "1]", "x", documentDepth));
}

void TestParams::dottedPaths()
{
    const Json json = parsed(R"({"a": {"b": {"c": 5}, "": 6}, "": 7, "list": [1], "n": null})");
    QCOMPARE(*findPath(json, "a.b.c"), Json(5));
    QCOMPARE(findPath(json, ""), &json);
    QCOMPARE(*findPath(json, "a."), Json(6));
    QCOMPARE(*findPath(json, "n"), Json(nullptr));
    for (const char* path : {"a.b.c.", "a.b.", "x", "a.x", ".", "..", ".a", "a..b", "list.0", "n.x", "a.b.c.d"})
        QVERIFY2(!findPath(json, path), path);
    // What setPath writes, findPath finds.
    for (const char* path :
        {"a.b.c", "new", "new.deep.er", "a.", ".", "..", ".a", "a..b", "list.0", "n.x", "a.b.c.d", ""}) {
        Json changed = json;
        setPath(changed, path, 42);
        const Json* found = findPath(changed, path);
        QVERIFY2(found, path);
        QCOMPARE(*found, Json(42));
    }
    Json changed = json;
    setPath(changed, "a.b.d", 1);
    QCOMPARE(*findPath(changed, "a.b.c"), Json(5));
    setPath(changed, "a.b", 1);
    QVERIFY(!findPath(changed, "a.b.c"));
    QCOMPARE(*findPath(changed, "a."), Json(6));
}

void TestParams::jsonInSentences()
{
    QCOMPARE(jsonText(parsed(R"({"a": [1, 2.5, "x"]})")), std::string(R"({"a":[1,2.5,"x"]})"));
    QVERIFY(jsonText(Json(std::string(100000, 'x'))).size() < 200);
    // Cut between characters, not inside one.
    for (std::size_t lead = 0; lead < 4; ++lead) {
        std::string text(lead, 'x');
        for (int i = 0; i < 100; ++i)
            text += "€";
        const QString shortened = QString::fromStdString(jsonText(Json(text)));
        QVERIFY(!shortened.contains(QChar::ReplacementCharacter));
        QVERIFY(shortened.endsWith(u'…'));
    }
    QVERIFY(!jsonText(Json("\xff")).empty());
}

QTEST_GUILESS_MAIN(TestParams)
#include "params.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What a study is made of: its file, its runs, and what may be changed in it.
#include "core/study/study.h"
#include "core/base/files.h"
#include "core/base/shipped_files.h"

#include "tests/support/fake_catalog.h"
#include "tests/support/says.h"
#include "tests/support/scratch.h"

using namespace saddle;
using test::fakeCatalog;

namespace {

/// Two presets of the study's own folder, on images that need no files.
Json twoMethods()
{
    return {{"schema", 1}, {"title", "Two"}, {"seeds", {3, 5}},
        {"set", {{"training.steps", 20}, {"latent.dimensions", 7}}},
        {"methods",
            {{{"preset", "./one.json"}, {"label", "One, plain"}},
                {{"preset", "./one.json"}, {"label", "Two"}, {"set", {{"training.steps", 30}}}}}}};
}

} // namespace

class TestStudy : public QObject {
    Q_OBJECT

private:
    test::Scratch m_scratch;

    Result<Study> load(const Json& study, const StudyChanges& changes = {})
    {
        m_scratch.write("one.json", R"({"title": "One", "data": {"source": "gaussians-8"}})");
        const std::filesystem::path file = m_scratch.write("two.json", study.dump());
        return loadStudy(file.string(), fakeCatalog(), changes);
    }

private Q_SLOTS:
    void settingsOfAMethodComeAfterThoseOfTheStudy()
    {
        const Result<Study> study = load(twoMethods());
        QVERIFY_OK(study);
        QCOMPARE(study->name, std::string("two"));
        QCOMPARE(study->methods.size(), std::size_t{2});
        QCOMPARE(study->methods[0].label, std::string("One, plain"));
        QCOMPARE(study->methods[0].document["training"]["steps"], Json(20));
        QCOMPARE(study->methods[1].document["training"]["steps"], Json(30));
        QCOMPARE(study->methods[1].document["latent"]["dimensions"], Json(7));
        QVERIFY(study->notes.empty());
        QVERIFY_OK(checkStudy(*study, fakeCatalog()));
    }

    void changesOfAPersonComeLast()
    {
        const Result<Study> study = load(twoMethods(), {{{"training.steps", 4}}, {9}});
        QVERIFY_OK(study);
        for (const StudyMethod& method : study->methods)
            QCOMPARE(method.document["training"]["steps"], Json(4));
        QCOMPARE(study->seeds, (std::vector<std::int64_t>{9}));
    }

    void everySeedGoesThroughAllMethods()
    {
        const Result<Study> study = load(twoMethods());
        QVERIFY_OK(study);
        const std::vector<StudyRun> runs = studyRuns(*study);
        QCOMPARE(runs.size(), std::size_t{4});
        QCOMPARE(studyRunFolder(*study, runs[0]), std::string("runs/one-plain-seed-3"));
        QCOMPARE(studyRunFolder(*study, runs[1]), std::string("runs/two-seed-3"));
        QCOMPARE(studyRunFolder(*study, runs[2]), std::string("runs/one-plain-seed-5"));
        QCOMPARE(studyDocument(*study, runs[2])["training"]["seed"], Json(5));
    }

    void whatIsNotAlikeIsSaid()
    {
        Json study = twoMethods();
        study["methods"][1]["set"]["latent.distribution"] = "uniform";
        study["methods"][1]["set"]["data.count"] = 100;
        const Result<Study> loaded = load(study);
        QVERIFY_OK(loaded);
        QCOMPARE(loaded->notes.size(), std::size_t{2});
        QVERIFY(loaded->notes[0].find("same data") != std::string::npos);
        QVERIFY(loaded->notes[1].find("latents") != std::string::npos);
    }

    void badFilesAreRefusedWithTheirPlace_data()
    {
        QTest::addColumn<QString>("patch");
        QTest::addColumn<QString>("words");
        QTest::newRow("key") << R"({"metods": []})"
                             << "metods|methods";
        QTest::newRow("no methods") << R"({"methods": []})"
                                    << "methods|list";
        QTest::newRow("methods are no list") << R"({"methods": {"preset": "x"}})"
                                             << "methods|list";
        QTest::newRow("method is no object") << R"({"methods": ["mnist-lsgan"]})"
                                             << "methods.0|object";
        QTest::newRow("no preset") << R"({"methods": [{"label": "x"}]})"
                                   << "methods.0|preset";
        QTest::newRow("unknown preset") << R"({"methods": [{"preset": "nist-lsgan"}]})"
                                        << "methods.0|mnist-lsgan";
        QTest::newRow("unknown setting") << R"({"set": {"training.stepz": 3}})"
                                         << "methods.0|training.stepz";
        QTest::newRow("set is a list") << R"({"set": [1]})"
                                       << "set|object";
        QTest::newRow("title") << R"({"title": 3})"
                               << "title|text";
        QTest::newRow("seeds") << R"({"seeds": ["a"]})"
                               << "seeds|whole numbers";
        QTest::newRow("no seeds") << R"({"seeds": []})"
                                  << "seeds|whole numbers";
        QTest::newRow("seed twice") << R"({"seeds": [1, 1]})"
                                    << "seeds|twice";
        QTest::newRow("schema") << R"({"schema": 2})"
                                << "schema 2|newer";
        QTest::newRow("label twice") << R"({"methods": [{"preset": "./one.json"}, {"preset": "./one.json"}]})"
                                     << "methods.1|label";
        QTest::newRow("no object") << "null"
                                   << "object";
    }
    void badFilesAreRefusedWithTheirPlace()
    {
        QFETCH(QString, patch);
        QFETCH(QString, words);
        Json study = twoMethods();
        study.merge_patch(Json::parse(patch.toStdString()));
        const Result<Study> loaded = load(study);
        QVERIFY(!loaded.ok());
        for (const QString& word : words.split('|'))
            QVERIFY2(
                QString::fromStdString(loaded.error().sentence()).contains(word), loaded.error().sentence().c_str());
    }

    void aMethodWithoutAnEndIsRefused()
    {
        const Result<Study> study = load(twoMethods(), {{{"training.steps", 0}}, {}});
        QVERIFY_OK(study);
        SAYS(checkStudy(*study, fakeCatalog()), "One, plain", "training.steps");
    }

    void aSeedOutOfRangeIsRefused()
    {
        const Result<Study> study = load(twoMethods(), {{}, {-3}});
        QVERIFY_OK(study);
        SAYS(checkStudy(*study, fakeCatalog()), "training.seed", "-3");
    }

    void aStudyThatDoesNotShipNamesTheNearest()
    {
        SAYS(loadStudy("five-gan", fakeCatalog()), "five-gans", "mnist-four");
    }

    void theRecordTellsStudiesApart()
    {
        const Result<Study> study = load(twoMethods());
        const Result<Study> same = load(twoMethods());
        const Result<Study> other = load(twoMethods(), {{{"training.steps", 4}}, {}});
        QVERIFY_OK(study);
        QVERIFY_OK(same);
        QVERIFY_OK(other);
        QCOMPARE(studyRecord(*study), studyRecord(*same));
        QVERIFY(studyRecord(*study) != studyRecord(*other));
    }

    void aRecordIsReadBack()
    {
        const Result<Study> study = load(twoMethods());
        QVERIFY_OK(study);
        const std::filesystem::path folder = m_scratch.path();
        m_scratch.write("study.json", prettyJson(studyRecord(*study)));
        const Result<Study> back = readStudyRecord(folder, fakeCatalog());
        QVERIFY_OK(back);
        QCOMPARE(studyRecord(*back), studyRecord(*study));
        for (const auto& [text, words] :
            {std::pair{R"({"methods": []})", "not the record"}, std::pair{R"({"methods": [3]})", "methods.0"},
                std::pair{R"({"methods": [{"label": "a"}]})", "not whole"}, std::pair{"[]", "not the record"},
                std::pair{"{", "study.json"}}) {
            m_scratch.write("study.json", text);
            SAYS(readStudyRecord(folder, fakeCatalog()), words);
        }
    }
};

QTEST_GUILESS_MAIN(TestStudy)
#include "study.moc"

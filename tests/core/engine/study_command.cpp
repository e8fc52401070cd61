// SPDX-License-Identifier: GPL-3.0-or-later
// saddle-cli study with the real engine: what it makes, that methods start alike, and the studies that ship.
#ifndef Q_MOC_RUN // moc would read all of torch
#include "core/base/shipped_files.h"
#include "core/commands/commands.h"
#include "core/io/csv.h"
#include "core/runs/run_folder.h"
#include "core/study/study.h"

#include "tests/support/small_runs.h"
#endif

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

namespace {

int run(const std::vector<std::string>& words)
{
    std::vector<const char*> arguments{"saddle-cli"};
    for (const std::string& word : words)
        arguments.push_back(word.c_str());
    return runCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

} // namespace

class TestStudyCommand : public QObject {
    Q_OBJECT

private:
    Scratch m_scratch;

    /// Three losses on one pair of small networks and one file of images.
    std::string studyFile()
    {
        m_scratch.write("small.json", imagesExperiment(m_scratch).dump());
        Json methods = Json::array();
        for (const char* objective : {"non-saturating", "lsgan", "hinge"})
            methods.push_back(
                {{"preset", "./small.json"}, {"label", objective}, {"set", {{"objective.kind", objective}}}});
        return m_scratch
            .write("losses.json",
                Json{{"set", {{"training.steps", 6}, {"sampling.keep_every", 3}, {"sampling.rows", 2}}},
                    {"methods", methods}}
                    .dump())
            .string();
    }

private slots:
    void initTestCase() { at::set_num_threads(1); }

    void methodsStartAlikeAndGoTheirWays()
    {
        const fs::path folder = m_scratch.path("study");
        QCOMPARE(run({"study", studyFile(), "--out", folder.string(), "--seeds", "2,5"}), static_cast<int>(Success));
        QVERIFY(fs::exists(folder / "page.html"));
        for (const char* seed : {"2", "5"}) {
            const auto grid = [&](const char* method, int step) {
                return readPng(
                    folder / "runs" / (std::string(method) + "-seed-" + seed) / "samples" / (stepName(step) + ".png"));
            };
            const Result<Image> first = grid("non-saturating", 0);
            QVERIFY_OK(first);
            for (const char* method : {"lsgan", "hinge"}) {
                // The same networks, seeds and latents: only what was learned differs.
                const Result<Image> other = grid(method, 0);
                QVERIFY_OK(other);
                QCOMPARE(*other, *first);
                const Result<Image> trained = grid(method, 6);
                QVERIFY_OK(trained);
                QVERIFY(*trained != *grid("non-saturating", 6));
            }
        }
        const Result<CsvTable> rows = readCsv(folder / "runs/hinge-seed-5/metrics.csv");
        QVERIFY_OK(rows);
        QCOMPARE(rows->rows.size(), std::size_t{6});
        // The same command finds everything done; with other settings it is another study.
        QCOMPARE(run({"study", studyFile(), "--out", folder.string(), "--seeds", "2,5"}), static_cast<int>(Success));
        QCOMPARE(run({"study", studyFile(), "--out", folder.string(), "--seeds", "2"}), static_cast<int>(Failed));
    }

    void settingsOfTheCommandLineReachEveryMethod()
    {
        const fs::path folder = m_scratch.path("set");
        QCOMPARE(
            run({"study", studyFile(), "--out", folder.string(), "--steps", "2", "--set", "training.batch_size=4"}),
            static_cast<int>(Success));
        for (const char* method : {"non-saturating", "lsgan", "hinge"}) {
            const Result<Json> experiment = readExperiment(folder / "runs" / (std::string(method) + "-seed-1"));
            QVERIFY_OK(experiment);
            QCOMPARE((*experiment)["training"]["batch_size"], Json(4));
            QCOMPARE((*experiment)["training"]["steps"], Json(2));
        }
    }

    void whatIsRefusedLeavesNothing()
    {
        const fs::path folder = m_scratch.path("refused");
        QCOMPARE(run({"study", studyFile(), "--out", folder.string(), "--set", "objective.gamma=1"}),
            static_cast<int>(Failed));
        QCOMPARE(run({"study", studyFile(), "--out", folder.string(), "--steps", "0"}), static_cast<int>(Failed));
        QCOMPARE(run({"study", "no-such-study", "--out", folder.string()}), static_cast<int>(Failed));
        QVERIFY(!fs::exists(folder));
    }

    void theStudiesThatShip_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QStringList>("labels");
        QTest::newRow("five-gans") << "five-gans"
                                   << QStringList{"DCGAN", "EBGAN", "WGAN", "BEGAN, γ 0.75", "BEGAN, γ 0.5", "VAE"};
        QTest::newRow("mnist-four") << "mnist-four" << QStringList{"GAN", "DCGAN", "LSGAN", "WGAN"};
    }
    void theStudiesThatShip()
    {
        QFETCH(QString, name);
        QFETCH(QStringList, labels);
        QCOMPARE(shippedStudies().size(), std::size_t{2});
        // Stand-in images: the data of a study is its user's.
        const std::string images = m_scratch.write("stand-in", idxImages(16, 28)).string();
        const std::vector<Setting> settings{{"data.source", "idx"}, {"data.images", images}};
        const Result<Study> study = loadStudy(name.toStdString(), builtinCatalog(), {settings, {}});
        QVERIFY_OK(study);
        QStringList found;
        for (const StudyMethod& method : study->methods)
            found << QString::fromStdString(method.label);
        QCOMPARE(found, labels);
        QVERIFY2(study->notes.empty(), study->notes.empty() ? "" : study->notes.front().c_str());
        if (name == QLatin1String("mnist-four"))
            QVERIFY_OK(checkStudy(*study, builtinCatalog()));
    }
};

QTEST_GUILESS_MAIN(TestStudyCommand)
#include "study_command.moc"

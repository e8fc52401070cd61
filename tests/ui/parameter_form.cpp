// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/parameter_form.h"
#include "core/params/schema.h"
#include "tests/support/scratch.h"
#include "ui/widgets/parameter_text.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QWheelEvent>

#include <cmath>

using namespace saddle;

namespace {

enum class Shade { Light, Dark };

struct Options {
    double rate = 2e-4;
    double share = 0.5;
    std::int64_t count = 50000;
    std::int64_t steps = 3;
    bool manual = false;
    double level = 0.1;
    Shade shade = Shade::Light;
    std::string name = "plain";
    std::filesystem::path folder = "/data";
    std::vector<std::int64_t> shape{128, 7, 7};
};

std::vector<Parameter> everyType()
{
    Schema<Options> s;
    s.parameter("rate", &Options::rate,
        {.label = "Rate", .help = "How fast", .min = 0, .max = 1, .scale = Scale::Log, .applies = Applies::Live});
    s.parameter("share", &Options::share, {.label = "Share", .min = 0, .max = 1, .applies = Applies::Epoch});
    s.parameter("count", &Options::count, {.label = "Count", .unit = "steps", .min = 0, .max = 1e12});
    s.parameter("steps", &Options::steps, {.label = "Steps", .min = 1, .max = 10});
    s.parameter("manual", &Options::manual, {.label = "By hand"});
    s.parameter("level", &Options::level, {.label = "Level", .min = 0, .max = 10, .visibleWhen = {"manual", {"true"}}});
    s.parameter("shade", &Options::shade,
        {.label = "Shade", .choices = {{"light", "Light", "the day"}, {"dark", "Dark", "the night"}}});
    s.parameter("name", &Options::name, {.label = "Name"});
    s.parameter("folder", &Options::folder, {.label = "Folder"});
    s.parameter("shape", &Options::shape, {.label = "Shape"});
    return s.parameters();
}

/// A form over a JSON object, checked as a document would.
struct Bench {
    Bench()
        : parameters(everyType())
        , values(resolveParameters(parameters, Json::object(), "t").value())
        , start(values)
    {
        ParameterSource source;
        source.values = [this] { return &values; };
        source.baseline = [this](const QString& key) { return start[key.toStdString()]; };
        source.set = [this](const QString& key, const Json& value) -> Status {
            for (const Parameter& parameter : parameters) {
                if (parameter.key != key.toStdString())
                    continue;
                Result<Json> checked = parameter.check(value, "t." + parameter.key);
                if (!checked)
                    return checked.error();
                values[parameter.key] = *checked;
                ++sets;
                return {};
            }
            return Error{"unknown", "", ""};
        };
        form = std::make_unique<ParameterForm>(parameters, "t", source);
        form->resize(320, 600);
        form->show();
        form->activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(form.get())); // without it nothing has the focus
    }

    template <typename Widget>
    Widget* edit(const char* key) const
    {
        return form->findChild<Widget*>(QStringLiteral("edit_t.") + QLatin1String(key));
    }
    QString shown(const char* key) const
    {
        auto* control = edit<QWidget>(key);
        auto* inner = control->findChild<QLineEdit*>();
        return inner ? inner->text() : static_cast<QLineEdit*>(control)->text();
    }
    void type(const char* key, const QString& text, Qt::Key end = Qt::Key_Return) const
    {
        auto* control = edit<QWidget>(key);
        control->setFocus();
        QTest::keyClick(control, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(control, text);
        QTest::keyClick(control, end);
    }
    QToolButton* reset(const char* key) const
    {
        return form->findChild<QToolButton*>(QStringLiteral("reset_t.") + QLatin1String(key));
    }
    ParameterRow* row(const char* key) const { return form->row(QLatin1String(key)); }

    std::vector<Parameter> parameters;
    Json values;
    Json start;
    int sets = 0;
    std::unique_ptr<ParameterForm> form;
};

} // namespace

class TestParameterForm : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }

    void numbersReadAsPeopleWriteThem()
    {
        QCOMPARE(plainNumber(0.0002), QStringLiteral("2e-4"));
        QCOMPARE(plainNumber(0.001), QStringLiteral("0.001"));
        QCOMPARE(plainNumber(1e-6), QStringLiteral("1e-6"));
        QCOMPARE(plainNumber(0.1), QStringLiteral("0.1"));
        QCOMPARE(plainNumber(0), QStringLiteral("0"));
        QCOMPARE(plainNumber(0.999999), QStringLiteral("0.999999"));
        for (const double value : {2e-4, 1.2345678901234567e-7, 1e16, -3.5, 1e300}) {
            const Json read = numberFromText(plainNumber(value), ParameterType::Real);
            QCOMPARE(read.get<double>(), value);
        }
        QCOMPARE(numberFromText("50,000", ParameterType::Integer), Json(50000));
        QCOMPARE(numberFromText(" 50 000 ", ParameterType::Integer), Json(50000));
        QCOMPARE(numberFromText("9007199254740991", ParameterType::Integer), Json(9007199254740991));
        QCOMPARE(numberFromText(QStringLiteral("−1e-3"), ParameterType::Real), Json(-0.001));
        for (const char* bad : {"", "abc", "1e999", "0,5", "nan", "1 2"})
            QVERIFY2(numberFromText(bad, ParameterType::Real).is_string(), bad);
    }

    void stepsSuitTheScale()
    {
        const std::vector<Parameter> p = everyType();
        const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); };
        const Parameter& rate = p[0];
        QVERIFY(near(steppedValue(rate, 2e-4, 1), 5e-4));
        QVERIFY(near(steppedValue(rate, 5e-4, 1), 1e-3));
        QVERIFY(near(steppedValue(rate, 1e-3, -1), 5e-4));
        QVERIFY(near(steppedValue(rate, 3e-4, -1), 2e-4));
        QVERIFY(near(steppedValue(rate, 3e-4, 1), 5e-4));
        QVERIFY(near(steppedValue(rate, 2e-4, 10), 2e-3));
        QCOMPARE(steppedValue(rate, 1, 1), 1.0);
        QCOMPARE(steppedValue(rate, 1e-12, -1), 0.0);
        QVERIFY(steppedValue(rate, 0, 1) > 0);
        QCOMPARE(steppedValue(p[1], 0.5, 1), 0.51);
        QCOMPARE(steppedValue(p[1], 0.07, -10), 0.0);
        double sum = 0;
        for (int i = 0; i < 30; ++i)
            sum = steppedValue(p[1], sum, 1);
        QCOMPARE(sum, 0.3);
        QCOMPARE(steppedValue(p[2], 50000, 1), 51000.0);
        QCOMPARE(steppedValue(p[2], 1000, -1), 990.0);
        QCOMPARE(steppedValue(p[3], 10, 1), 10.0);
        QCOMPARE(steppedValue(p[3], 3, -1), 2.0);
    }

    void editsGoThrough()
    {
        Bench b;
        b.type("rate", "3.5e-3");
        QCOMPARE(b.values["rate"].get<double>(), 3.5e-3);
        QCOMPARE(b.shown("rate"), QStringLiteral("0.0035"));
        b.type("count", "1e6");
        QCOMPARE(b.values["count"], Json(1000000));
        b.type("count", "999999999999");
        QCOMPARE(b.values["count"].get<std::int64_t>(), 999999999999LL);
        QCOMPARE(b.shown("count"), QStringLiteral("999999999999"));
        b.type("shape", QStringLiteral("3 × 32 × 32"));
        QCOMPARE(b.values["shape"], Json::array({3, 32, 32}));
        QCOMPARE(b.shown("shape"), QStringLiteral("3x32x32"));
        b.type("name", "other", Qt::Key_Tab); // leaving enters
        QCOMPARE(b.values["name"], Json("other"));
        const int before = b.sets;
        QTest::keyClick(b.edit<QWidget>("steps"), Qt::Key_Up);
        QTest::keyClick(b.edit<QWidget>("steps"), Qt::Key_Up);
        QCOMPARE(b.sets, before + 2); // each step is told
        QCOMPARE(b.values["steps"], Json(5));
        QTest::keyClick(b.edit<QWidget>("rate"), Qt::Key_Down);
        QCOMPARE(b.values["rate"].get<double>(), 0.002);
    }

    void refusedValuesSayWhy()
    {
        Bench b;
        b.type("steps", "70");
        QCOMPARE(b.values["steps"], Json(3));
        QVERIFY2(b.row("steps")->errorText().contains("1 to 10"), qPrintable(b.row("steps")->errorText()));
        QVERIFY(b.form->findChild<QLabel*>("error_t.steps")->isVisible());
        QCOMPARE(b.shown("steps"), QStringLiteral("70")); // to be mended
        QTest::keyClick(b.edit<QWidget>("steps"), Qt::Key_Escape);
        QCOMPARE(b.shown("steps"), QStringLiteral("3"));
        QVERIFY(!b.form->findChild<QLabel*>("error_t.steps")->isVisible());
        b.type("share", "half");
        QVERIFY2(b.row("share")->errorText().contains("0 to 1"), qPrintable(b.row("share")->errorText()));
        b.type("share", "0.25");
        QVERIFY(b.row("share")->errorText().isEmpty());
        b.type("shape", "12y3");
        QVERIFY(b.row("shape")->errorText().contains("list of sizes"));
        QCOMPARE(b.values["shape"], b.start["shape"]);
        // A value that comes from elsewhere ends the quarrel.
        b.values["shape"] = Json::array({5});
        b.form->refresh();
        QVERIFY(b.row("shape")->errorText().isEmpty());
        QCOMPARE(b.shown("shape"), QStringLiteral("5"));
    }

    void whatIsTypedSurvivesRefresh()
    {
        Bench b;
        auto* control = b.edit<QWidget>("count");
        control->setFocus();
        QTest::keyClick(control, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(control, "123");
        b.values["rate"] = 0.5;
        b.form->refresh();
        QCOMPARE(b.shown("count"), QStringLiteral("123"));
        QCOMPARE(b.shown("rate"), QStringLiteral("0.5"));
        QVERIFY(control->hasFocus());
        QTest::keyClick(control, Qt::Key_Escape);
        QCOMPARE(b.shown("count"), QStringLiteral("50000"));
        QCOMPARE(b.values["count"], Json(50000));
    }

    void resetBoldAndBadge()
    {
        Bench b;
        auto* label = b.form->findChild<QLabel*>("label_t.steps");
        QVERIFY(!label->font().bold());
        QVERIFY(!b.reset("steps")->isVisible());
        b.type("steps", "7");
        QVERIFY(label->font().bold());
        QVERIFY(b.reset("steps")->isVisible());
        QCOMPARE(b.form->changedRows(), 1);
        b.reset("steps")->click();
        QCOMPARE(b.values["steps"], Json(3));
        QVERIFY(!label->font().bold());
        QVERIFY(!b.reset("steps")->isVisible());
        QCOMPARE(b.form->findChild<QLabel*>("badge_t.rate")->text(), QStringLiteral("live"));
        QCOMPARE(b.form->findChild<QLabel*>("badge_t.share")->text(), QStringLiteral("epoch"));
        QCOMPARE(b.form->findChild<QLabel*>("badge_t.steps")->text(), QStringLiteral("restart"));
        QVERIFY(b.edit<QWidget>("rate")->toolTip().contains("0 to 1"));
        QVERIFY(b.edit<QWidget>("rate")->toolTip().contains("2e-4"));
        QCOMPARE(b.edit<QComboBox>("shade")->itemData(1, Qt::ToolTipRole).toString(), QStringLiteral("the night"));
    }

    void rowsComeAndGo()
    {
        Bench b;
        QVERIFY(b.row("level")->isHidden());
        b.edit<QCheckBox>("manual")->click();
        QVERIFY(!b.row("level")->isHidden());
        QCOMPARE(b.form->setFilter({"share"}), 1);
        QVERIFY(b.row("level")->isHidden());
        QCOMPARE(b.form->setFilter({}), 10);
        b.edit<QCheckBox>("manual")->click();
        QVERIFY(b.row("level")->isHidden());

        // Other parameters: what stays keeps its row and the focus.
        auto* steps = b.edit<QWidget>("steps");
        steps->setFocus();
        std::vector<Parameter> fewer{b.parameters[3], b.parameters[0]};
        fewer[0].max = 20;
        b.form->setParameters(fewer);
        QCOMPARE(b.form->rows().size(), std::size_t{2});
        QCOMPARE(b.edit<QWidget>("steps"), steps);
        QVERIFY(steps->hasFocus());
        QVERIFY(steps->toolTip().contains("1 to 20"));
        QVERIFY(!b.edit<QWidget>("count"));
    }

    void theWheelPassesOver()
    {
        Bench b;
        const auto wheel = [](QWidget* widget) {
            QWheelEvent event(QPointF(5, 5), widget->mapToGlobal(QPointF(5, 5)), {}, {0, 120}, Qt::NoButton,
                Qt::NoModifier, Qt::NoScrollPhase, false);
            QApplication::sendEvent(widget, &event);
        };
        b.edit<QWidget>("name")->setFocus();
        wheel(b.edit<QWidget>("steps"));
        wheel(b.edit<QWidget>("shade"));
        QCOMPARE(b.values, b.start);
        b.edit<QWidget>("steps")->setFocus();
        wheel(b.edit<QWidget>("steps"));
        QCOMPARE(b.values["steps"], Json(4));
    }

    void pathsAreAskedForThroughTheSeam()
    {
        Bench b;
        QString was;
        b.form->setBrowse([&was](QWidget*, const Parameter&, const QString& current) {
            was = current;
            return QStringLiteral("/chosen");
        });
        b.form->findChild<QPushButton*>("browse_t.folder")->click();
        QCOMPARE(was, QStringLiteral("/data"));
        QCOMPARE(b.values["folder"], Json("/chosen"));
        QCOMPARE(b.shown("folder"), QStringLiteral("/chosen"));
    }
};

QTEST_MAIN(TestParameterForm)

#include "parameter_form.moc"

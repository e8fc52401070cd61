// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fake_catalog.h"
#include "tests/support/scratch.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/parameter_form.h"
#include "ui/widgets/parameter_text.h"
#include "ui/widgets/point_pad.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QUndoStack>

using namespace saddle;

namespace {

/// A valid value other than the one in force, or null where there is none.
Json another(const Parameter& parameter, const Json& value)
{
    const auto good = [&](const Json& candidate) { return candidate != value && parameter.check(candidate, "").ok(); };
    switch (parameter.type) {
    case ParameterType::Boolean:
        return !value.get<bool>();
    case ParameterType::Choice:
        for (const ChoiceItem& item : parameter.choices) {
            if (good(item.value))
                return item.value;
        }
        return {};
    case ParameterType::Integer:
        for (const std::int64_t add : {1, -1}) {
            if (good(value.get<std::int64_t>() + add))
                return value.get<std::int64_t>() + add;
        }
        return {};
    case ParameterType::Real:
        for (const double candidate : {value.get<double>() / 2, 1.5e-5, 0.25, 1.0}) {
            if (good(candidate))
                return candidate;
        }
        return {};
    case ParameterType::Sizes:
        return Json::array({3, 32, 16});
    case ParameterType::Points:
        return {{0.5, -1.0}, {2.0, 0.25}};
    case ParameterType::Text:
    case ParameterType::Path:
        return "/somewhere/else";
    }
    return {};
}

void enter(QWidget* control, const Parameter& parameter, const Json& value)
{
    if (auto* box = qobject_cast<QCheckBox*>(control)) {
        box->click();
    } else if (auto* combo = qobject_cast<QComboBox*>(control)) {
        combo->setCurrentIndex(combo->findData(QString::fromStdString(value.get<std::string>())));
        Q_EMIT combo->activated(combo->currentIndex());
    } else if (auto* pad = qobject_cast<PointPad*>(control)) {
        std::vector<QPointF> points;
        for (const Json& point : value)
            points.emplace_back(point[0].get<double>(), point[1].get<double>());
        Q_EMIT pad->edited(points);
    } else {
        control->setFocus();
        QTest::keyClick(control, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(control, parameterText(parameter, value));
        QTest::keyClick(control, Qt::Key_Return);
    }
}

/// What the editor shows, read back as a value.
Json shownBy(QWidget* control, const Parameter& parameter)
{
    if (auto* box = qobject_cast<QCheckBox*>(control))
        return box->isChecked();
    if (auto* combo = qobject_cast<QComboBox*>(control))
        return combo->currentData().toString().toStdString();
    if (auto* pad = qobject_cast<PointPad*>(control)) {
        Json points = Json::array();
        for (const QPointF& point : pad->points())
            points.push_back({point.x(), point.y()});
        return points;
    }
    auto* spin = qobject_cast<QAbstractSpinBox*>(control);
    const QString text = spin ? spin->text() : static_cast<QLineEdit*>(control)->text();
    if (spin)
        return numberFromText(text, parameter.type);
    return parameter.type == ParameterType::Sizes ? sizesFromText(text.toStdString()) : Json(text.toStdString());
}

} // namespace

class TestParameterRoundTrip : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QApplication::setStyle(QStringLiteral("Fusion")); }

    /// Every parameter that anything in the catalogue declares: shown, changed by its editor, undone, redone, reset.
    void roundTripOverTheCatalogue()
    {
        const Catalog& catalog = test::fakeCatalog();
        ExperimentDocument document(catalog);
        std::vector<std::pair<QString, Json>> kinds;
        for (const SourceInfo& info : catalog.sources.items())
            kinds.emplace_back(QStringLiteral("data.source"), info.kind);
        for (const ArchitectureInfo& info : catalog.architectures.items())
            kinds.emplace_back(QStringLiteral("generator.architecture"), info.kind);
        for (const ObjectiveInfo& info : catalog.objectives.items())
            kinds.emplace_back(QStringLiteral("objective.kind"), info.kind);
        for (const OptimiserInfo& info : catalog.optimisers.items())
            kinds.emplace_back(QStringLiteral("optimisers.generator.kind"), info.kind);
        int seen = 0;
        for (const auto& [path, kind] : kinds) {
            QVERIFY_OK(document.set(path, kind));
            for (const Section& section : document.sections()) {
                // The section of the kind, and once all those without one.
                const bool chosen = path.startsWith(fromUtf8(section.path) + QLatin1Char('.'));
                if (!chosen
                    && !(section.kindKey.empty() && path == kinds.front().first && kind == kinds.front().second))
                    continue;
                seen += roundTrip(document, section);
            }
        }
        QVERIFY(seen > 60);
    }

private:
    static int roundTrip(ExperimentDocument& document, const Section& section)
    {
        const QString prefix = fromUtf8(section.path);
        ParameterSource source;
        source.values = [&] { return findPath(document.json(), section.path); };
        source.baseline = [&](const QString& key) { return document.baseline(prefix + QLatin1Char('.') + key); };
        source.set = [&](const QString& key, const Json& value) {
            return document.set(prefix + QLatin1Char('.') + key, value);
        };
        ParameterForm form(section.parameters, prefix, source);
        connect(&document, &ExperimentDocument::changed, &form, &ParameterForm::refresh);
        form.show();
        int seen = 0;
        for (const Parameter& parameter : section.parameters) {
            if (parameter.key == section.kindKey)
                continue; // brings other rows: the panel's business
            const QString path = prefix + QLatin1Char('.') + fromUtf8(parameter.key);
            auto* control = form.findChild<QWidget*>(QStringLiteral("edit_") + path);
            const auto fail = [&path](const char* what) {
                QTest::qFail(qPrintable(path + ": " + what), __FILE__, __LINE__);
            };
            const Json before = document.value(path);
            const Json next = another(parameter, before);
            if (next.is_null())
                continue;
            if (shownBy(control, parameter) != before)
                fail("not shown");
            enter(control, parameter, next);
            if (document.value(path) != next)
                fail("not written");
            if (shownBy(control, parameter) != next)
                fail("not shown after the change");
            document.undoStack()->undo();
            if (document.value(path) != before || shownBy(control, parameter) != before)
                fail("not undone");
            document.undoStack()->redo();
            if (shownBy(control, parameter) != next)
                fail("not redone");
            document.undoStack()->undo();
            ++seen;
        }
        return seen;
    }
};

QTEST_MAIN(TestParameterRoundTrip)

#include "parameter_round_trip.moc"

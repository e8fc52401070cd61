// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/experiment_section.h"

#include "ui/widgets/banner.h"
#include "ui/widgets/number_text.h"
#include "ui/widgets/parameter_text.h"
#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int groupIndent = 14;

/// 843, 12.4 k, 1.21 M: sizes are compared, not counted.
QString shortCount(std::int64_t count)
{
    const QLocale locale = groupingLocale();
    const auto number = static_cast<double>(count);
    if (count < 10000)
        return groupedText(count);
    if (count < 1000000)
        return ExperimentSection::tr("%1 k").arg(locale.toString(number / 1e3, 'f', count < 100000 ? 1 : 0));
    if (count < 1000000000)
        return ExperimentSection::tr("%1 M").arg(locale.toString(number / 1e6, 'f', count < 10000000 ? 2 : 1));
    return ExperimentSection::tr("%1 G").arg(locale.toString(number / 1e9, 'f', 2));
}

QLabel* readableLabel(QWidget* parent, const QString& name)
{
    auto* label = new QLabel(parent);
    label->setObjectName(name);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    // Selectable, but not one more stop for Tab among the settings.
    label->setFocusPolicy(Qt::ClickFocus);
    QSizePolicy free(QSizePolicy::Ignored, QSizePolicy::Preferred);
    free.setHeightForWidth(true);
    label->setSizePolicy(free);
    return label;
}

struct NetworkFacts {
    std::size_t layers = 0;
    std::int64_t parameters = 0;
};

Result<NetworkFacts> networkFacts(const ExperimentDocument& document, const QString& role, const DataHeader& data)
{
    Result<FittedNetwork> fitted = fitNetwork(document.json(), document.catalog(), role.toStdString(), data);
    if (!fitted) {
        Error error = fitted.error();
        if (error.where == role.toStdString())
            error.where.clear(); // it is said in the section of that network
        return error;
    }
    return NetworkFacts{fitted->report.layers.size(), fitted->report.parameters};
}

} // namespace

ExperimentSection::ExperimentSection(ExperimentDocument* document, const Section& section, Waits waits, QWidget* parent)
    : CollapsibleSection(fromUtf8(section.label), parent)
    , m_document(document)
    , m_path(fromUtf8(section.path))
    , m_grouped(!section.group.empty())
{
    setObjectName(QStringLiteral("section_") + m_path);
    header()->setObjectName(QStringLiteral("header_") + m_path);
    if (section.network || m_path.startsWith(QLatin1String("optimisers.")))
        setAccent(m_path.section(QLatin1Char('.'), -1));
    if (m_grouped) {
        header()->hide();
        body()->setContentsMargins(0, 0, 0, 0);
        setExpanded(true);
    }

    const auto at = [this](const QString& key) { return QString(m_path + QLatin1Char('.') + key); };
    ParameterSource source;
    source.values = [this] { return findPath(m_document->json(), m_path.toStdString()); };
    source.baseline = [this, at](const QString& key) { return m_document->baseline(at(key)); };
    source.set = [this, at](const QString& key, const Json& value) { return m_document->set(at(key), value); };
    source.waits = [at, waits = std::move(waits)](
                       const Parameter& parameter) { return waits && waits(at(fromUtf8(parameter.key)), parameter); };
    if (m_path == QLatin1String("data"))
        makeData();
    m_form = new ParameterForm(shownParameters(section), m_path, std::move(source), this);
    body()->addWidget(m_form);
    if (section.network)
        makeNetwork();
    m_note = readableLabel(this, QStringLiteral("note_") + m_path);
    body()->addWidget(m_note);
    setSection(section);
    connect(this, &CollapsibleSection::expandedChanged, this, &ExperimentSection::showSummary);
}

void ExperimentSection::makeData()
{
    m_banner = new Banner(this, Banner::Button::Below);
    m_banner->setObjectName(QStringLiteral("dataBanner"));
    body()->addWidget(m_banner);
    connect(m_banner, &Banner::actionTriggered, this, &ExperimentSection::dataCheckRequested);
}

void ExperimentSection::makeNetwork()
{
    m_networkRow = new QWidget(this);
    auto* row = new QHBoxLayout(m_networkRow);
    row->setContentsMargins(0, 2, 0, 0);
    row->setSpacing(8);
    m_networkSummary = readableLabel(m_networkRow, QStringLiteral("network_") + m_path);
    row->addWidget(m_networkSummary, 1);
    auto* edit = new QPushButton(tr("Edit layers…"), m_networkRow);
    edit->setObjectName(QStringLiteral("editLayers_") + m_path);
    edit->setAutoDefault(false);
    edit->setAccessibleName(tr("Edit the layers of the %1").arg(title().toLower()));
    row->addWidget(edit, 0, Qt::AlignTop);
    body()->addWidget(m_networkRow);
    connect(edit, &QPushButton::clicked, this, [this] { Q_EMIT editNetworkRequested(m_path); });
}

void ExperimentSection::setSection(const Section& section)
{
    setTitle(fromUtf8(section.label));
    const bool wasOn = m_on;
    m_form->setParameters(shownParameters(section));
    m_on = m_grouped && m_form->rows().size() > 1;
    // What belongs to a switch stands a little behind it.
    for (std::size_t i = 1; m_grouped && i < m_form->rows().size(); ++i)
        m_form->rows()[i]->setContentsMargins(groupIndent, 0, 0, 0);
    m_note->setContentsMargins(m_grouped ? groupIndent : 0, 0, 0, 0);
    m_kindKey = fromUtf8(section.kindKey);
    m_noteText = fromUtf8(section.note);
    showNote();
    refresh();
    if (m_on != wasOn)
        Q_EMIT switched();
}

/// All of them, or the switch alone while it is off.
std::vector<Parameter> ExperimentSection::shownParameters(const Section& section) const
{
    std::vector<Parameter> shown = section.parameters;
    if (!m_grouped || shown.empty())
        return shown;
    Parameter& first = shown.front();
    first.label = section.label;
    if (m_document->value(m_path + QLatin1Char('.') + fromUtf8(first.key)) != true)
        shown.resize(1);
    return shown;
}

void ExperimentSection::refresh()
{
    m_form->refresh();
    m_choice.clear();
    const Json* values = findPath(m_document->json(), m_path.toStdString());
    if (values && values->contains("layers"))
        m_choice = tr("Layers of its own");
    else if (const ParameterRow* row = values && !m_kindKey.isEmpty() ? m_form->row(m_kindKey) : nullptr)
        m_choice = parameterText(row->parameter(), values->value(row->parameter().key, Json()));
    // The number most often looked for.
    if (const Json* rate = values ? findPath(*values, "learning_rate") : nullptr; rate && rate->is_number())
        m_choice += QStringLiteral(" · ") + plainNumber(rate->get<double>());
    showSummary();
}

void ExperimentSection::refreshFacts(const Result<DataHeader>& header)
{
    if (m_banner)
        showData(header);
    if (m_networkSummary)
        showNetwork(header);
    showSummary();
}

void ExperimentSection::showData(const Result<DataHeader>& header)
{
    if (!header) {
        m_fact = tr("missing");
        Error error = header.error();
        if (error.where.rfind("data.", 0) == 0)
            error.where.clear(); // a setting of this very section; a file's name stays
        m_banner->show(Banner::Kind::Error, fromUtf8(error.sentence()), tr("Look again"));
        return;
    }
    m_banner->clear();
    const Shape& shape = header->shape;
    m_fact = shape.size() == 1 ? tr("points of %1 numbers").arg(shape.front()) : fromUtf8(shapeText(shape));
}

void ExperimentSection::showNetwork(const Result<DataHeader>& header)
{
    m_networkFault = false;
    m_networkSummary->setToolTip({});
    if (!header) {
        m_fact.clear();
        m_networkSummary->setText(tr("Its size is known once the data are there."));
    } else if (const Result<NetworkFacts> facts = networkFacts(*m_document, m_path, *header); !facts) {
        m_networkFault = true;
        m_fact = tr("does not fit");
        m_networkSummary->setText(fromUtf8(facts.error().sentence()));
    } else {
        m_fact = shortCount(facts->parameters);
        const QString layers = facts->layers == 1 ? tr("1 layer") : tr("%1 layers").arg(facts->layers);
        m_networkSummary->setText(tr("%1, %2 parameters").arg(layers, m_fact));
        m_networkSummary->setToolTip(tr("%1 trainable numbers").arg(groupedText(facts->parameters)));
    }
    recolour();
}

/// Colours of one's own do not follow the palette by themselves.
void ExperimentSection::recolour()
{
    showNote();
    if (!m_networkSummary)
        return;
    QPalette colours = palette();
    const QColor ink = colours.color(QPalette::WindowText);
    colours.setColor(QPalette::WindowText,
        m_networkFault ? theme::mixed(theme::errorColour(), ink, 0.25)
                       : theme::mixed(colours.color(QPalette::Window), ink, 0.72));
    m_networkSummary->setPalette(colours);
}

void ExperimentSection::showNote()
{
    m_note->setVisible(!m_noteText.isEmpty() && !m_filtered && (m_on || !m_grouped));
    const QColor window = palette().color(QPalette::Window);
    const QString muted = theme::mixed(window, palette().color(QPalette::WindowText), 0.72).name();
    QString html;
    for (const QString& line : m_noteText.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        const bool ofD = line.startsWith(QLatin1String("D: "));
        const bool ofG = line.startsWith(QLatin1String("G: "));
        if (ofD || ofG) {
            const QString role = ofD ? QStringLiteral("discriminator") : QStringLiteral("generator");
            html += QStringLiteral("<p style='margin:2px 0'><b style='color:%1'>%2</b>&nbsp; %3</p>")
                        .arg(theme::roleColour(role, palette()).name(), line.left(1), line.mid(3).toHtmlEscaped());
        } else {
            html += QStringLiteral("<p style='margin:3px 0; color:%1'><small>%2</small></p>")
                        .arg(muted, line.toHtmlEscaped());
        }
    }
    m_note->setText(html);
}

void ExperimentSection::showSummary()
{
    QStringList parts;
    // Unfolded, the form itself says what is chosen.
    if (!isExpanded() && !m_choice.isEmpty())
        parts << m_choice;
    if (!m_fact.isEmpty())
        parts << m_fact;
    const int changed = m_form->changedRows();
    if (changed > 0)
        parts << tr("%1 changed").arg(changed);
    setSummary(parts.join(QStringLiteral(" · ")));
}

bool ExperimentSection::setFilter(const QStringList& words)
{
    m_filtered = !words.isEmpty();
    const int left = m_form->setFilter(words, title());
    showNote();
    if (m_networkRow)
        m_networkRow->setVisible(!m_filtered);
    return left > 0 || !m_filtered;
}

void ExperimentSection::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange && m_note)
        recolour();
    CollapsibleSection::changeEvent(event);
}

} // namespace saddle

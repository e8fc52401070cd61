// SPDX-License-Identifier: GPL-3.0-or-later
// How the editor is put together.
#include "ui/panels/network_editor.h"

#include "ui/models/experiment_document.h"
#include "ui/panels/layer_table.h"
#include "ui/plots/tool_row_layout.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/parameter_form.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QStyle>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace saddle {

namespace {

/// Text in the window's colour, a little faded.
void setQuiet(QLabel* label, const QPalette& base)
{
    QPalette palette = base;
    palette.setColor(
        QPalette::WindowText, theme::mixed(base.color(QPalette::Window), base.color(QPalette::WindowText), 0.72));
    label->setPalette(palette);
}

} // namespace

NetworkEditor::NetworkEditor(ExperimentDocument* document, const QString& role, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_role(role)
    , m_model(new LayerListModel(this))
{
    setObjectName(QStringLiteral("networkEditor_") + role);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(10, 8, 10, 8);
    column->setSpacing(6);
    buildHead(column);
    m_banner = new Banner(this);
    m_banner->setObjectName(QStringLiteral("networkBanner_") + role);
    column->addWidget(m_banner);
    buildTools(column);
    buildTable(column);
    restyle();

    connect(
        m_banner, &Banner::actionTriggered, this, [this] { m_model->picture().builds() ? applyDraft() : undoDraft(); });
    connect(m_banner, &Banner::dismissed, this, [this] { m_refusal.clear(); });
    connect(m_model, &LayerListModel::moveRequested, this, &NetworkEditor::moveLayerTo, Qt::QueuedConnection);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &NetworkEditor::selectionMoved);
    connect(m_document, &ExperimentDocument::loaded, this, [this] {
        m_selected = LayerListModel::noLayer; // the same place, but another layer
        m_model->forgetFolds();
        refresh();
    });
    connect(m_document, &ExperimentDocument::changed, this, [this](const QString& path) {
        if (path == m_role + QStringLiteral(".architecture")) {
            m_selected = LayerListModel::noLayer;
            m_model->forgetFolds();
        }
        const QString section = path.section(QLatin1Char('.'), 0, 0);
        for (const char* other : {"", "data", "latent", "objective"}) {
            if (section == m_role || section == QLatin1String(other)) {
                refresh();
                return;
            }
        }
    });
    refresh();
}

void NetworkEditor::buildHead(QVBoxLayout* column)
{
    const auto makeSpin = [this](const QString& name) {
        auto* spin = new QSpinBox(this);
        spin->setObjectName(name);
        spin->setKeyboardTracking(false);
        spin->setAccelerated(true);
        return spin;
    };
    m_title = new QLabel(capitalised(m_role), this);
    m_architecture = new QLabel(this);
    m_architecture->setObjectName(QStringLiteral("architecture_") + m_role);
    auto* titles = new QHBoxLayout;
    titles->setSpacing(8);
    titles->addWidget(m_title, 0, Qt::AlignBaseline);
    titles->addWidget(m_architecture, 1, Qt::AlignBaseline);
    column->addLayout(titles);

    m_totals = new QLabel(this);
    m_totals->setWordWrap(true);
    m_totals->setObjectName(QStringLiteral("totals_") + m_role);
    m_totals->setToolTip(tr("Trainable numbers, and multiplications and additions forward for one sample"));
    column->addWidget(m_totals);

    auto* settings = new ToolRowLayout;
    const auto addLabelled = [this, settings](QLabel* label, QSpinBox* spin) {
        auto* pair = new QWidget(this);
        auto* row = new QHBoxLayout(pair);
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(6);
        row->addWidget(label);
        row->addWidget(spin);
        label->setBuddy(spin);
        settings->addWidget(pair);
    };
    if (m_role == QLatin1String("generator")) {
        m_latent = makeSpin(QStringLiteral("latentDimensions"));
        m_latent->setRange(1, 4096);
        m_latent->setAccessibleName(tr("Latent size"));
        m_latent->setToolTip(tr("How many numbers the generator starts from"));
        m_latentLabel = new QLabel(tr("Latent size"), this);
        addLabelled(m_latentLabel, m_latent);
        connect(m_latent, &QSpinBox::valueChanged, this,
            [this](int value) { setNumber(QStringLiteral("latent.dimensions"), value); });
    }
    m_width = makeSpin(QStringLiteral("width_") + m_role);
    m_widthLabel = new QLabel(this);
    addLabelled(m_widthLabel, m_width);
    connect(m_width, &QSpinBox::valueChanged, this,
        [this](int value) { setNumber(m_role + QStringLiteral(".width"), value); });

    m_back = new QPushButton(tr("Back to architecture"), this);
    m_back->setObjectName(QStringLiteral("backToArchitecture_") + m_role);
    m_back->setToolTip(tr("Replace these layers by an architecture"));
    auto* menu = new QMenu(m_back);
    menu->setToolTipsVisible(true);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] { fillArchitectureMenu(menu); });
    m_back->setMenu(menu);
    settings->addWidget(m_back);
    // Both editors' tables begin at one height, whatever their networks have to set.
    auto* strut = new QWidget(this);
    strut->setFixedSize(1, std::max(m_width->sizeHint().height(), m_back->sizeHint().height()));
    settings->addWidget(strut);
    column->addLayout(settings);
}

QAction* NetworkEditor::makeTool(const QString& text, const QString& toolTip, const QList<QKeySequence>& keys)
{
    auto* action = new QAction(text, this);
    action->setShortcuts(keys);
    // Only in the list: Delete and Ctrl+D mean other things in a field.
    action->setShortcutContext(Qt::WidgetShortcut);
    action->setToolTip(
        keys.isEmpty() ? toolTip : tr("%1 (%2)").arg(toolTip, keys.first().toString(QKeySequence::NativeText)));
    return action;
}

void NetworkEditor::buildTools(QVBoxLayout* column)
{
    auto* row = new ToolRowLayout;
    m_addMenu = new QMenu(tr("Add layer"), this);
    m_addMenu->setToolTipsVisible(true);
    fillAddMenu();
    m_add = new QToolButton(this);
    m_add->setObjectName(QStringLiteral("addLayer_") + m_role);
    m_add->setText(tr("Add layer"));
    m_add->setToolTip(tr("Put a layer below the selected one (%1)")
                          .arg(QKeySequence(Qt::Key_Insert).toString(QKeySequence::NativeText)));
    m_add->setMenu(m_addMenu);
    m_add->setPopupMode(QToolButton::InstantPopup);
    row->addWidget(m_add);

    const auto add = [&](QAction*& action, const char* name, const QString& text, const QString& glyph,
                         const QString& toolTip, const QList<QKeySequence>& keys) {
        action = makeTool(text, toolTip, keys);
        action->setIconText(glyph);
        auto* button = new QToolButton(this);
        button->setObjectName(QLatin1String(name) + m_role);
        button->setDefaultAction(action);
        button->setAccessibleName(text);
        button->setToolButtonStyle(Qt::ToolButtonTextOnly);
        row->addWidget(button);
        return button;
    };
    add(m_duplicate, "duplicateLayer_", tr("Duplicate layer"), tr("Duplicate"),
        tr("Put a copy below the selected layer"), {QKeySequence(Qt::CTRL | Qt::Key_D)});
    add(m_remove, "removeLayer_", tr("Delete layer"), tr("Delete"), tr("Take the selected layer out"),
        {QKeySequence(Qt::Key_Delete)});
    add(m_up, "moveUp_", tr("Move layer up"), QStringLiteral("↑"), tr("Move the selected layer up"),
        {QKeySequence(Qt::ALT | Qt::Key_Up)});
    add(m_down, "moveDown_", tr("Move layer down"), QStringLiteral("↓"), tr("Move the selected layer down"),
        {QKeySequence(Qt::ALT | Qt::Key_Down)});
    column->addLayout(row);
    m_undoDraft = makeTool(tr("Undo the draft"), tr("Show the experiment's network again"), {});

    connect(m_duplicate, &QAction::triggered, this, &NetworkEditor::duplicateLayer);
    connect(m_remove, &QAction::triggered, this, &NetworkEditor::removeLayer);
    connect(m_up, &QAction::triggered, this, [this] { moveLayer(-1); });
    connect(m_down, &QAction::triggered, this, [this] { moveLayer(1); });
    m_foldAll = makeTool(tr("Fold all blocks"), tr("Show each block as one row"), {});
    m_unfoldAll = makeTool(tr("Unfold all blocks"), tr("Show every layer"), {});
    connect(m_foldAll, &QAction::triggered, this, [this] { setFolded(true); });
    connect(m_unfoldAll, &QAction::triggered, this, [this] { setFolded(false); });
    connect(m_undoDraft, &QAction::triggered, this, &NetworkEditor::undoDraft);
}

void NetworkEditor::fillAddMenu()
{
    for (const LayerInfo& info : m_document->catalog().layers.items()) {
        const QString kind = fromUtf8(info.kind);
        QAction* action = m_addMenu->addAction(fromUtf8(info.label), this, [this, kind] { addLayer(kind); });
        action->setObjectName(QStringLiteral("add_%1_%2").arg(kind, m_role));
        action->setToolTip(fromUtf8(info.help));
    }
}

void NetworkEditor::fillArchitectureMenu(QMenu* menu)
{
    menu->clear();
    const QString path = m_role + QStringLiteral(".architecture");
    for (const ArchitectureInfo& info : m_document->catalog().architectures.items()) {
        const QString kind = fromUtf8(info.kind);
        QAction* action = menu->addAction(fromUtf8(info.label), this, [this, kind] { setArchitecture(kind); });
        action->setToolTip(fromUtf8(info.help));
        const Result<Json> next =
            changeSetting(m_document->json(), m_document->catalog(), path.toStdString(), info.kind);
        const NetworkPicture picture = pictureOf(next ? *next : m_document->json());
        action->setEnabled(next && picture.builds());
        if (next && !picture.builds())
            action->setToolTip(capitalised(fromUtf8(picture.error->sentence())));
    }
}

void NetworkEditor::buildTable(QVBoxLayout* column)
{
    m_table = new QTableView(this);
    m_table->setObjectName(QStringLiteral("layerTable_") + m_role);
    m_table->setAccessibleName(tr("Layers of the %1").arg(m_role));
    showLayers(m_table, m_model, m_role);
    m_table->setDragDropMode(QAbstractItemView::InternalMove);
    m_table->setDragDropOverwriteMode(false);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->addAction(m_addMenu->menuAction());
    m_table->addActions({m_duplicate, m_remove, m_up, m_down, m_foldAll, m_unfoldAll, m_undoDraft});
    m_table->installEventFilter(this);
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& index) {
        m_model->setFolded(index, !m_model->rowAt(index).folded);
        fitSplit();
    });
    auto* insert = makeTool(tr("Add layer"), {}, {QKeySequence(Qt::Key_Insert)});
    connect(insert, &QAction::triggered, m_add, &QToolButton::showMenu);
    insert->setVisible(false); // the menu above is the same in the context menu
    m_table->addAction(insert);

    auto* options = new QWidget(this);
    auto* rows = new QVBoxLayout(options);
    rows->setContentsMargins(0, 8, 8, 4);
    rows->setSpacing(4);
    m_formTitle = new QLabel(options);
    m_formHelp = new QLabel(options);
    m_formHelp->setWordWrap(true);
    ParameterSource source;
    source.values = [this] { return &m_values; };
    source.baseline = [this](const QString& key) {
        const auto found = m_valuesBefore.find(key.toStdString());
        return found == m_valuesBefore.end() ? Json() : *found;
    };
    source.set = [this](const QString& key, const Json& value) { return setLayerOption(currentLayer(), key, value); };
    m_form = new ParameterForm({}, m_role + QStringLiteral(".layer"), source, options);
    m_form->setObjectName(QStringLiteral("layerForm_") + m_role);
    rows->addWidget(m_formTitle);
    rows->addWidget(m_formHelp);
    rows->addSpacing(4);
    rows->addWidget(m_form);
    rows->addStretch(1);
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(options);
    scroll->viewport()->setAutoFillBackground(false);
    options->setAutoFillBackground(false);

    m_split = new QSplitter(Qt::Vertical, this);
    m_split->addWidget(m_table);
    m_split->addWidget(scroll);
    m_split->setChildrenCollapsible(false);
    m_split->setStretchFactor(0, 0);
    m_split->setStretchFactor(1, 1);
    m_split->installEventFilter(this);
    connect(m_split, &QSplitter::splitterMoved, this, [this] { m_splitByHand = true; });
    column->addWidget(m_split, 1);
}

void NetworkEditor::restyle()
{
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.25);
    large.setBold(true);
    m_title->setFont(large);
    QPalette coloured = palette();
    coloured.setColor(QPalette::WindowText, theme::roleColour(m_role, palette()));
    m_title->setPalette(coloured);
    QFont bold = font();
    bold.setBold(true);
    m_formTitle->setFont(bold);
    for (QLabel* label : {m_totals, m_formHelp})
        setQuiet(label, palette());
    fitColumns();
}

void NetworkEditor::fitColumns()
{
    const QFontMetrics metrics(m_table->font());
    // Room for the arrows of the two menus, which size hints leave out.
    m_add->setMinimumWidth(m_add->sizeHint().width() + metrics.horizontalAdvance(QLatin1Char('m')));
    m_back->setMinimumWidth(m_back->sizeHint().width() + metrics.horizontalAdvance(QLatin1Char('m')));
    const int layer = metrics.horizontalAdvance(QStringLiteral("conv 4×4 → 000, /0")) + 14;
    const int others = fitLayerColumns(m_table);
    const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent) + 2 * m_table->frameWidth();
    m_table->setMinimumWidth(others + layer + bar);
}

void NetworkEditor::fitSplit()
{
    if (m_splitByHand || m_split->height() < 1)
        return;
    const int room = m_split->height() - m_split->handleWidth();
    const int rows = m_model->rowCount() * m_table->verticalHeader()->defaultSectionSize();
    const int wanted = m_table->horizontalHeader()->sizeHint().height() + rows + 2 * m_table->frameWidth();
    const int table = std::clamp(wanted, std::min(120, room), std::max(120, room * 11 / 20));
    m_split->setSizes({table, room - table});
}

bool NetworkEditor::eventFilter(QObject* watched, QEvent* event)
{
    // After the splitter itself has dealt with its new size.
    if (watched == m_split && event->type() == QEvent::Resize)
        QMetaObject::invokeMethod(this, &NetworkEditor::fitSplit, Qt::QueuedConnection);
    if (watched == m_table && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if ((key->key() == Qt::Key_Left || key->key() == Qt::Key_Right) && key->modifiers() == Qt::NoModifier)
            return foldByKey(key->key());
    }
    return QWidget::eventFilter(watched, event);
}

void NetworkEditor::changeEvent(QEvent* event)
{
    // Both also come while the window is built.
    if (m_form && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange))
        restyle();
    QWidget::changeEvent(event);
}

} // namespace saddle

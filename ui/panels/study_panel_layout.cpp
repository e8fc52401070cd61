// SPDX-License-Identifier: GPL-3.0-or-later
// StudyPanel: what it is made of.
#include "ui/panels/study_panel.h"

#include "core/base/shipped_files.h"
#include "core/study/study_runner.h"
#include "ui/bridge/study_bridge.h"
#include "ui/models/experiment_document.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/buttons.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/page_view.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 12;
constexpr int mostSteps = 100'000'000;
constexpr int setupWidth = 420;
constexpr int leastWidth = 360;
constexpr int leastHeight = 300;
constexpr int besideWidth = 820; ///< from here on the picture has room beside the runs

QHBoxLayout* inARow(std::initializer_list<QWidget*> widgets)
{
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    for (QWidget* widget : widgets)
        row->addWidget(widget, qobject_cast<QPushButton*>(widget) ? 0 : 1);
    return row;
}

} // namespace

StudyPanel::StudyPanel(StudyBridge* bridge, StudyDialogs dialogs, QWidget* parent)
    : QWidget(parent)
    , m_bridge(bridge)
    , m_dialogs(std::move(dialogs))
    , m_banner(new Banner(this))
    , m_setup(new QWidget)
    , m_study(new ElidingCombo)
    , m_description(new QLabel)
    , m_data(new ElidingCombo)
    , m_steps(new QSpinBox)
    , m_seeds(new QLineEdit)
    , m_folder(new QLineEdit)
    , m_start(pushButton("studyStart", tr("Start"), tr("Train all methods, one after another")))
    , m_goOn(pushButton("studyGoOn", tr("Go on with…"), tr("Choose the folder of a study that was stopped")))
    , m_stop(
          pushButton("studyStop", tr("Stop"), tr("End the run under way with a checkpoint; the study can go on later")))
    , m_openPage(pushButton("studyOpenPage", tr("Open page"), {}))
    , m_showFolder(pushButton("studyShowFolder", tr("Show folder"), tr("The runs of the study, and its page")))
    , m_runs(new QTableWidget(0, 5))
    , m_caption(new QLabel)
    , m_picture(new ImageView)
    , m_page(new PageView)
    , m_shown(new QStackedWidget)
    , m_splitter(new QSplitter(Qt::Horizontal))
{
    setObjectName(QStringLiteral("studyPanel"));
    m_banner->setObjectName(QStringLiteral("studyBanner"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    // How the parts lie depends on the room there is, not the other way round.
    column->setSizeConstraint(QLayout::SetNoConstraint);
    column->addWidget(m_banner);

    auto* left = new QWidget;
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(margin, margin, margin, margin);
    leftColumn->setSpacing(margin);
    makeSetup();
    leftColumn->addWidget(m_setup);
    auto* buttons = inARow({m_start, m_goOn, m_stop, m_openPage, m_showFolder});
    buttons->addStretch(1);
    leftColumn->addLayout(buttons);
    makeProgress();
    leftColumn->addWidget(m_runs, 1);

    auto* right = new QWidget;
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(margin, margin, margin, margin);
    m_caption->setObjectName(QStringLiteral("studyCaption"));
    m_caption->setWordWrap(true);
    m_caption->setForegroundRole(QPalette::PlaceholderText);
    m_caption->hide();
    rightColumn->addWidget(m_caption);
    m_picture->setObjectName(QStringLiteral("studyPicture"));
    m_picture->setSuggestedName(QStringLiteral("study"));
    m_picture->setNote(tr("Samples appear here while a study is trained, and its page when it is done."));
    m_page->setObjectName(QStringLiteral("studyPage"));
    m_shown->addWidget(m_picture);
    m_shown->addWidget(m_page);
    rightColumn->addWidget(m_shown, 1);

    m_splitter->setObjectName(QStringLiteral("studySplitter"));
    m_splitter->setChildrenCollapsible(false);
    m_splitter->addWidget(left);
    m_splitter->addWidget(right);
    m_splitter->setStretchFactor(1, 1);
    column->addWidget(m_splitter, 1);

    connect(m_start, &QPushButton::clicked, this, &StudyPanel::start);
    connect(m_goOn, &QPushButton::clicked, this, &StudyPanel::goOn);
    connect(m_stop, &QPushButton::clicked, this, [this] {
        m_stop->setEnabled(false); // it has a checkpoint to write
        m_bridge->stop();
    });
    connect(m_openPage, &QPushButton::clicked, this,
        [this] { m_dialogs.showFile(QString::fromStdString(m_bridge->now().page.string())); });
    connect(m_showFolder, &QPushButton::clicked, this, [this] { m_dialogs.showFile(studyFolder()); });
    connect(m_bridge, &StudyBridge::changed, this, [this] {
        m_stop->setEnabled(m_stop->isEnabled() || !m_bridge->isRunning());
        showProgress();
    });
    connect(m_bridge, &StudyBridge::samplesChanged, this,
        [this](const std::shared_ptr<const Samples>& samples) { showSamples(*samples); });
    connect(m_picture, &ImageView::problem, this,
        [this](const QString& what) { m_banner->show(Banner::Kind::Error, what); });
    chooseStudy(0);
    showProgress();
}

void StudyPanel::makeSetup()
{
    auto* form = new QFormLayout(m_setup);
    form->setContentsMargins(0, 0, 0, 0);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_study->setObjectName(QStringLiteral("studyChoice"));
    for (const ShippedFile& shipped : shippedStudies()) {
        const QString name = QString::fromUtf8(shipped.name.data(), static_cast<qsizetype>(shipped.name.size()));
        const Result<Study> study = loadStudy(std::string(shipped.name), m_bridge->catalog());
        m_study->addItem(study ? fromUtf8(study->title) : name, name);
    }
    m_study->fitList();
    auto* open =
        pushButton("studyOpenFile", tr("Open…"), tr("A study's file: a list of presets and what is set in them"));
    form->addRow(tr("Study"), inARow({m_study, open}));
    m_description->setObjectName(QStringLiteral("studyDescription"));
    m_description->setWordWrap(true);
    form->addRow(m_description);

    m_data->setObjectName(QStringLiteral("studyData"));
    m_data->addItems({tr("As the presets say"), tr("As in the window")});
    m_data->setToolTip(tr("What all methods are trained on"));
    form->addRow(tr("Data"), m_data);
    m_steps->setObjectName(QStringLiteral("studySteps"));
    m_steps->setRange(0, mostSteps);
    m_steps->setSingleStep(1000);
    m_steps->setGroupSeparatorShown(true);
    m_steps->setSpecialValueText(tr("As the study says"));
    m_steps->setToolTip(tr("Steps each method is trained for"));
    form->addRow(tr("Steps"), m_steps);
    m_seeds->setObjectName(QStringLiteral("studySeeds"));
    m_seeds->setToolTip(tr("Every method is trained once with each seed: 1, 2, 3"));
    form->addRow(tr("Seeds"), m_seeds);
    m_folder->setObjectName(QStringLiteral("studyFolder"));
    m_folder->setToolTip(tr("Where the runs and the page are kept; empty: a new folder beside the runs"));
    auto* choose = pushButton("studyChooseFolder", tr("Choose…"), tr("Choose where the study is kept"));
    form->addRow(tr("Folder"), inARow({m_folder, choose}));

    connect(m_study, &QComboBox::currentIndexChanged, this, &StudyPanel::chooseStudy);
    connect(open, &QPushButton::clicked, this, &StudyPanel::openStudyFile);
    connect(choose, &QPushButton::clicked, this, &StudyPanel::chooseFolder);
}

void StudyPanel::makeProgress()
{
    m_runs->setObjectName(QStringLiteral("studyRuns"));
    m_runs->setHorizontalHeaderLabels({tr("Method"), tr("Seed"), tr("State"), tr("Steps"), tr("ms/step")});
    m_runs->verticalHeader()->hide();
    m_runs->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    m_runs->setShowGrid(false);
    m_runs->setAlternatingRowColors(true);
    m_runs->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_runs->setSelectionMode(QAbstractItemView::SingleSelection);
    m_runs->setWordWrap(false);
    QHeaderView* header = m_runs->horizontalHeader();
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setSectionResizeMode(0, QHeaderView::Stretch);
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
}

QSize StudyPanel::minimumSizeHint() const
{
    return {leastWidth, leastHeight};
}

void StudyPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const Qt::Orientation wanted = width() < besideWidth ? Qt::Vertical : Qt::Horizontal;
    if (m_splitter->orientation() == wanted)
        return;
    m_splitter->setOrientation(wanted);
    if (wanted == Qt::Horizontal)
        m_splitter->setSizes({setupWidth, width() - setupWidth});
    else
        m_splitter->setSizes({height() * 3 / 5, height() * 2 / 5});
}

} // namespace saddle

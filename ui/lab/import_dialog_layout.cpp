// SPDX-License-Identifier: GPL-3.0-or-later
// ImportDialog: what it is made of.
#include "ui/lab/import_dialog.h"
#include "ui/lab/layer_editor.h"
#include "ui/lab/question_form.h"
#include "ui/models/named_layers.h"
#include "ui/plots/plane_view.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/eliding_combo.h"
#include "ui/widgets/image_view.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStyle>
#include <QVBoxLayout>

namespace saddle {

namespace {

constexpr int margin = 10;
constexpr int gap = 8;
constexpr int sideWidth = 300;
constexpr int layersWidth = 480;
constexpr int samplesWidth = 320;

QLabel* wordsLabel()
{
    auto* made = new QLabel;
    made->setWordWrap(true);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return made;
}

QLabel* titleLabel(const QString& text)
{
    auto* made = new QLabel(text);
    QFont bold = made->font();
    bold.setBold(true);
    made->setFont(bold);
    return made;
}

} // namespace

ImportDialog::ImportDialog(
    const Catalog& catalog, LatentTools tools, std::filesystem::path file, SaveDialog saveFile, QWidget* parent)
    : ImportDialog(catalog, std::move(tools), std::move(file), std::move(saveFile), parent, Of::Weights)
{
    read();
}

ImportDialog::ImportDialog(const Catalog& catalog, LatentTools tools, const GeneratorModel& generator,
    NetworkDescription edited, SaveDialog saveFile, QWidget* parent)
    : ImportDialog(catalog, std::move(tools), generator.head.origin, std::move(saveFile), parent, Of::Generator)
{
    m_proposal = std::make_shared<const ForeignProposal>(ForeignProposal{generator, {}, {}, {}});
    m_model = generator;
    edit(edited);
    show();
}

ImportDialog::ImportDialog(
    const Catalog& catalog, LatentTools tools, std::filesystem::path file, SaveDialog saveFile, QWidget* parent, Of of)
    : QDialog(parent)
    , m_of(of)
    , m_catalog(catalog)
    , m_tools(std::move(tools))
    , m_file(std::move(file))
    , m_saveFile(std::move(saveFile))
    , m_banner(new Banner)
    , m_networkName(titleLabel(tr("Which network of the file")))
    , m_networks(new ElidingCombo)
    , m_questions(new QuestionForm)
    , m_guesses(wordsLabel())
    , m_unknown(wordsLabel())
    , m_unknownTitle(titleLabel(tr("Not used")))
    , m_layers(new LayerEditor(catalog.layers))
    , m_anew(new QPushButton(of == Of::Weights ? tr("&Propose anew") : tr("As it &was")))
    , m_samples(new ImageView)
    , m_points(new PlaneView)
    , m_about(wordsLabel())
    , m_open(new QPushButton(of == Of::Weights ? tr("&Open") : tr("&OK")))
    , m_save(new QPushButton(tr("&Save as generator…")))
{
    setObjectName(QStringLiteral("importDialog"));
    const QString name = QString::fromStdString(m_file.filename().string());
    setWindowTitle(of == Of::Weights ? tr("A generator from “%1”").arg(name) : tr("The layers of “%1”").arg(name));
    setAttribute(Qt::WA_DeleteOnClose);
    resize((of == Of::Weights ? sideWidth : 0) + layersWidth + samplesWidth + 4 * margin, 680);
    m_banner->setObjectName(QStringLiteral("importBanner"));
    auto* column = new QVBoxLayout(this);
    column->setSpacing(gap);
    column->addWidget(m_banner);
    auto* split = new QSplitter(Qt::Horizontal);
    split->setChildrenCollapsible(false);
    QWidget* side = makeSide();
    side->setVisible(of == Of::Weights);
    split->addWidget(side);
    auto* middle = new QWidget;
    auto* rows = new QVBoxLayout(middle);
    rows->setContentsMargins(margin, 0, margin, 0);
    rows->addWidget(titleLabel(of == Of::Weights ? tr("Its layers, as proposed") : tr("Its layers")));
    rows->addWidget(m_layers, 1);
    split->addWidget(middle);
    split->addWidget(makeSamples());
    split->setStretchFactor(1, 1);
    split->setSizes({sideWidth, layersWidth, samplesWidth});
    column->addWidget(split, 1);
    makeButtons(column);
    connect(m_networks, &QComboBox::activated, this, &ImportDialog::chooseNetwork);
    connect(m_questions, &QuestionForm::answered, this, &ImportDialog::answer);
    connect(m_banner, &Banner::actionTriggered, this, &ImportDialog::takeBack);
    connect(m_layers, &LayerEditor::edited, this, &ImportDialog::edit);
    updateButtons();
}

QWidget* ImportDialog::makeSide()
{
    auto* content = new QWidget;
    auto* rows = new QVBoxLayout(content);
    rows->setContentsMargins(0, 0, margin, 0);
    rows->setSpacing(gap);
    m_networks->setObjectName(QStringLiteral("importNetwork"));
    m_networks->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_networkName->setBuddy(m_networks);
    m_networks->hide();
    m_networkName->hide();
    m_guesses->setObjectName(QStringLiteral("importGuesses"));
    m_unknown->setObjectName(QStringLiteral("importUnknown"));
    m_unknown->hide();
    m_unknownTitle->hide();
    rows->addWidget(m_networkName);
    rows->addWidget(m_networks);
    rows->addWidget(titleLabel(tr("What the file does not say")));
    rows->addWidget(m_questions);
    rows->addSpacing(gap);
    rows->addWidget(titleLabel(tr("What was taken to be so")));
    rows->addWidget(m_guesses);
    rows->addWidget(m_unknownTitle);
    rows->addWidget(m_unknown);
    rows->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    scroll->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    scroll->setMinimumWidth(sideWidth);
    return scroll;
}

QWidget* ImportDialog::makeSamples()
{
    auto* box = new QWidget;
    auto* rows = new QVBoxLayout(box);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(gap);
    m_samples->setObjectName(QStringLiteral("importSamples"));
    m_samples->setAccessibleName(tr("Samples"));
    m_samples->setSaveDialog(m_saveFile);
    m_points->hide();
    m_about->setObjectName(QStringLiteral("importAbout"));
    rows->addWidget(titleLabel(tr("Samples")));
    rows->addWidget(m_samples, 1);
    rows->addWidget(m_points, 1);
    rows->addWidget(m_about);
    box->setMinimumWidth(samplesWidth * 3 / 4);
    return box;
}

void ImportDialog::makeButtons(QVBoxLayout* column)
{
    m_open->setObjectName(QStringLiteral("importOpen"));
    m_open->setToolTip(
        m_of == Of::Weights ? tr("Explore this generator") : tr("Explore the generator with these layers"));
    m_open->setDefault(true);
    m_save->setObjectName(QStringLiteral("importSave"));
    m_save->setToolTip(tr("Write it to a file that opens without questions"));
    m_anew->setObjectName(QStringLiteral("importAnew"));
    m_anew->setToolTip(tr("Take back the edits of the layers"));
    m_anew->setAutoDefault(false);
    m_save->setAutoDefault(false);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    buttons->addButton(m_open, QDialogButtonBox::AcceptRole);
    buttons->addButton(m_save, QDialogButtonBox::ActionRole);
    buttons->addButton(m_anew, QDialogButtonBox::ResetRole);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(m_save, &QPushButton::clicked, this, &ImportDialog::save);
    connect(m_anew, &QPushButton::clicked, this, [this] {
        m_model.network = m_proposal->model.network;
        m_edited = false;
        check();
    });
    connect(m_open, &QPushButton::clicked, this, [this] {
        Q_EMIT chosen(withOwnTensors(m_model));
        close();
    });
    column->addWidget(buttons);
}

} // namespace saddle

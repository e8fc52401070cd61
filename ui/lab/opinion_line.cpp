// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/opinion_line.h"

#include "ui/bridge/lab.h"
#include "ui/lab/latent_picture.h"
#include "ui/lab/thumbnail.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>

#include <chrono>

namespace saddle {

namespace {

constexpr int margin = 8;
constexpr int gap = 6;
constexpr int thumbnailSide = 32;
constexpr std::chrono::milliseconds soon{50};
constexpr std::chrono::milliseconds whenStill{300};
const std::string opinionKey = "opinion";

} // namespace

OpinionLine::OpinionLine(Lab* lab, QWidget* parent)
    : QWidget(parent)
    , m_lab(lab)
    , m_name(new QLabel(tr("D")))
    , m_words(new ElidedLabel)
    , m_made(new QLabel)
{
    setObjectName(QStringLiteral("latentOpinion"));
    m_words->setObjectName(QStringLiteral("opinionWords"));
    m_words->setAccessibleName(tr("What the discriminator says"));
    m_made->setObjectName(QStringLiteral("opinionMade"));
    m_made->setAccessibleName(tr("What the auto-encoder makes of the picture"));
    m_made->setToolTip(tr("What D makes of the picture: what it knows well comes out alike"));
    QFont bold = m_name->font();
    bold.setBold(true);
    m_name->setFont(bold);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(margin, gap, margin, 0);
    row->setSpacing(gap);
    row->addWidget(m_name);
    row->addWidget(m_words, 1);
    row->addWidget(m_made);
    m_wait.setSingleShot(true);
    connect(&m_wait, &QTimer::timeout, this, &OpinionLine::ask);
    connect(lab, &Lab::opened, this, [this] {
        m_picture.reset();
        m_wait.stop();
        showNone(tr("No picture was made yet"));
    });
    showNone(tr("No picture was made yet"));
    restyle();
}

QString OpinionLine::text() const
{
    return m_words->text();
}

void OpinionLine::setPicture(const std::shared_ptr<const LatentPicture>& picture)
{
    m_picture = picture;
    if (isVisible())
        await();
}

void OpinionLine::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    await();
}

void OpinionLine::await()
{
    if (!m_picture)
        return;
    if (m_lab->isBeside())
        m_wait.start(whenStill);
    else if (!m_wait.isActive())
        m_wait.start(soon);
}

void OpinionLine::ask()
{
    m_lab->ask<Opinion>(
        opinionKey, this,
        [picture = m_picture](LabNetworks& networks) -> Result<Opinion> {
            const Result<Discriminator*> discriminator = networks.discriminator();
            if (!discriminator)
                return discriminator.error();
            const DiscriminatorInfo& info = (*discriminator)->info();
            const bool labels = !info.classes.empty();
            Result<Judgement> judgement =
                (*discriminator)
                    ->judge(picture->samples, labels ? picture->latents.labels : std::vector<std::int64_t>());
            if (!judgement)
                return judgement.error();
            return Opinion{info, *std::move(judgement)};
        },
        [this](const Result<Opinion>& opinion) {
            if (opinion && !opinion->judgement.scores.empty())
                showOpinion(*opinion);
            else if (!opinion)
                showNone(QString::fromStdString(opinion.error().sentence()));
        });
}

void OpinionLine::showOpinion(const Opinion& opinion)
{
    const ScoreMeaning& meaning = opinion.of.meaning;
    const QString name = QString::fromStdString(meaning.name);
    const double score = opinion.judgement.scores.front();
    const QString number = tr("%1 %L2").arg(name.toLower()).arg(score, 0, 'f', std::abs(score) < 0.1 ? 4 : 2);
    QString words = number;
    if (!opinion.judgement.probabilities.empty()) {
        const double percent = 100 * static_cast<double>(opinion.judgement.probabilities.front());
        words = tr("%L1 % likely real  ·  %2").arg(percent, 0, 'f', percent < 10 || percent > 90 ? 1 : 0).arg(number);
    } else {
        words += QStringLiteral("  ·  ") + (meaning.lowIsReal ? tr("lower is more real") : tr("higher is more real"));
    }
    m_words->setText(words);
    QStringList tip{tr("%1, step %L2").arg(QString::fromStdString(opinion.of.objective)).arg(opinion.of.step),
        QString::fromStdString(meaning.reading)};
    if (opinion.of.comparesSamples)
        tip.push_back(tr("It was trained to compare the samples of a batch, and here sees this one alone."));
    for (const std::string& note : opinion.of.notes)
        tip.push_back(QString::fromStdString(note));
    setToolTip(tip.join(QLatin1Char('\n')));
    m_words->setEnabled(true);
    m_name->setEnabled(true);
    const QImage made = thumbnail(opinion.judgement.reconstruction);
    m_made->setVisible(!made.isNull());
    if (!made.isNull()) {
        const bool larger = made.width() > thumbnailSide || made.height() > thumbnailSide;
        m_made->setPixmap(QPixmap::fromImage(made.scaled(thumbnailSide, thumbnailSide, Qt::KeepAspectRatio,
            larger ? Qt::SmoothTransformation : Qt::FastTransformation)));
    }
}

void OpinionLine::showNone(const QString& why)
{
    m_words->setText(tr("says nothing of it"));
    m_words->setEnabled(false);
    m_name->setEnabled(false);
    m_made->hide();
    setToolTip(why);
}

void OpinionLine::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        restyle();
}

void OpinionLine::restyle()
{
    QPalette coloured = m_name->palette();
    const QColor colour = theme::roleColour(QStringLiteral("discriminator"), palette());
    if (coloured.color(QPalette::Active, QPalette::WindowText) == colour)
        return;
    coloured.setColor(QPalette::Active, QPalette::WindowText, colour);
    coloured.setColor(QPalette::Inactive, QPalette::WindowText, colour);
    m_name->setPalette(coloured);
}

} // namespace saddle

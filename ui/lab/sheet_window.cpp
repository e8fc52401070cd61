// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/sheet_window.h"

#include "core/video/path_film.h"
#include "ui/bridge/lab.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/progress_row.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace saddle {

namespace {

const std::string sheetKey = "sheet";
constexpr int margin = 8;
constexpr int firstSide = 8;
constexpr int mostSide = 50;

} // namespace

SheetWindow::SheetWindow(Lab* lab, Latents corners, Interpolation interpolation, SaveDialog saveDialog, QWidget* parent)
    : QDialog(parent)
    , m_lab(lab)
    , m_corners(std::move(corners))
    , m_interpolation(interpolation)
    , m_saveDialog(std::move(saveDialog))
    , m_rows(new QSpinBox)
    , m_columns(new QSpinBox)
    , m_view(new ImageView)
    , m_progress(new ProgressRow(QStringLiteral("sheet"), tr("Making the sheet")))
{
    setObjectName(QStringLiteral("sheetWindow"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Sheet between four key frames"));
    setWindowFlag(Qt::WindowMinMaxButtonsHint);
    m_view->setObjectName(QStringLiteral("sheetView"));
    m_view->setSaveDialog(m_saveDialog);
    m_view->setSuggestedName(QStringLiteral("sheet"));
    m_rows->setObjectName(QStringLiteral("sheetRows"));
    m_columns->setObjectName(QStringLiteral("sheetColumns"));
    for (QSpinBox* box : {m_rows, m_columns}) {
        box->setRange(2, mostSide);
        box->setValue(firstSide);
        box->setKeyboardTracking(false);
        connect(box, &QSpinBox::valueChanged, this, &SheetWindow::make);
    }
    auto* rowsName = new QLabel(tr("&Rows"));
    rowsName->setBuddy(m_rows);
    auto* columnsName = new QLabel(tr("&Columns"));
    columnsName->setBuddy(m_columns);
    auto* keep = new QPushButton(tr("&Save…"));
    keep->setObjectName(QStringLiteral("sheetSave"));
    auto* row = new QHBoxLayout;
    row->setContentsMargins(margin, margin, margin, margin);
    row->addWidget(rowsName);
    row->addWidget(m_rows);
    row->addSpacing(margin);
    row->addWidget(columnsName);
    row->addWidget(m_columns);
    row->addStretch(1);
    row->addWidget(keep);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    column->addWidget(m_progress);
    resize(640, 700);
    connect(keep, &QPushButton::clicked, this, &SheetWindow::save);
    connect(m_progress, &ProgressRow::cancelled, this, [this] { m_lab->cancel(sheetKey); });
    connect(m_lab, &Lab::opened, this, &QWidget::close); // its corners are of another generator
    connect(this, &QDialog::finished, this, [this] { m_lab->cancel(sheetKey); });
    connect(m_lab, &Lab::refreshed, this, &SheetWindow::make);
    make();
}

void SheetWindow::make()
{
    const std::int64_t rows = m_rows->value();
    const std::int64_t columns = m_columns->value();
    m_lab->cancel(sheetKey);
    m_view->setNote(tr("The sheet appears here."));
    m_lab->askAtLength<Image>(
        sheetKey, this,
        [rows, columns, corners = m_corners, interpolation = m_interpolation](
            LabNetworks& networks, const PaintMonitor& monitor) -> Result<Image> {
            const Result<Latents> places = latentSheet(corners, rows, columns, interpolation);
            if (!places)
                return places.error();
            return makeSheetPicture(networks.generator(), *places, columns, 1, monitor);
        },
        [this](std::int64_t done, std::int64_t total) {
            m_progress->show(static_cast<int>(done), static_cast<int>(total));
        },
        [this](const Result<Image>& sheet) {
            m_progress->hide();
            if (sheet)
                m_view->setImage(*sheet);
            else
                m_view->setNote(Lab::wasCancelled(sheet.error()) ? tr("The sheet was cancelled.")
                                                                 : QString::fromStdString(sheet.error().sentence()));
        });
}

void SheetWindow::save()
{
    if (m_view->isEmpty())
        return;
    const Result<QString> file = saveAs(this, m_saveDialog, tr("Save the sheet"), QStringLiteral("sheet"),
        SaveFormat::Png, [this](const QString& path) { return m_view->savePng(path); });
    if (!file)
        m_view->setNote(QString::fromStdString(file.error().sentence()));
    else if (!file->isEmpty())
        Q_EMIT saved(*file);
}

} // namespace saddle

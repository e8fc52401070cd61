// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/generator_opener.h"

#include "core/latent/file_kind.h"
#include "ui/bridge/lab.h"
#include "ui/lab/import_dialog.h"
#include "ui/lab/run_follower.h"

#include <QFileInfo>
#include <QStringList>

namespace saddle {

GeneratorOpener::GeneratorOpener(
    Lab* lab, RunFollower* follower, GeneratorDialogs dialogs, SaveDialog saveFile, QWidget* window)
    : QObject(window)
    , m_lab(lab)
    , m_follower(follower)
    , m_dialogs(std::move(dialogs))
    , m_saveFile(std::move(saveFile))
    , m_window(window)
{
}

std::function<void(const Status&)> GeneratorOpener::ending(const QString& path, std::function<bool(const Error&)> again)
{
    const bool followed = m_follower->isFollowing();
    m_follower->setFollowing(false);
    return [this, guard = QPointer(this), path, again = std::move(again), followed](const Status& status) {
        if (!guard)
            return;
        if (status) {
            Q_EMIT opened(path);
            return;
        }
        m_follower->setFollowing(followed);
        if (!again || !again(status.error()))
            Q_EMIT refused(QString::fromStdString(status.error().sentence()));
    };
}

void GeneratorOpener::open(const QString& path)
{
    if (QFileInfo(path).isDir()) {
        m_lab->open(path.toStdString(), m_follower->weights(), ending(path));
        return;
    }
    const Result<FileKind> kind = fileKind(path.toStdString());
    if (!kind) {
        Q_EMIT refused(QString::fromStdString(kind.error().sentence()));
    } else if (*kind == FileKind::StateDict) {
        import(path);
    } else if (*kind != FileKind::TorchScript) {
        m_lab->open(path.toStdString(), m_follower->weights(), ending(path));
    } else if (m_dialogs.trustCode && m_dialogs.trustCode(m_window, path)) {
        openScript(path, {}, false);
    }
}

void GeneratorOpener::openScript(const QString& path, const ScriptHints& hints, bool asked)
{
    m_hints = hints;
    // What trying did not find is asked for, once.
    const auto again = [this, path, asked](const Error& why) {
        const bool lacks = why.remedy == hintsRemedy;
        if (asked || !lacks || !m_dialogs.askHints)
            return false;
        const std::optional<ScriptHints> said =
            m_dialogs.askHints(m_window, path, QString::fromStdString(why.sentence()));
        if (said)
            openScript(path, *said, true);
        return said.has_value();
    };
    m_lab->openScript(path.toStdString(), hints, ending(path, again));
}

void GeneratorOpener::openModel(const QString& path, const GeneratorModel& model)
{
    m_lab->open(model, ending(path));
}

ImportDialog* GeneratorOpener::importDialog() const
{
    return m_import;
}

void GeneratorOpener::import(const QString& path)
{
    if (m_import)
        m_import->close();
    m_import = new ImportDialog(m_lab->catalog(), m_lab->tools(), path.toStdString(), m_saveFile, m_window);
    connect(m_import, &ImportDialog::refused, this, &GeneratorOpener::refused);
    connect(m_import, &ImportDialog::saved, this, &GeneratorOpener::saved);
    connect(
        m_import, &ImportDialog::chosen, this, [this, path](const GeneratorModel& model) { openModel(path, model); });
}

QString GeneratorOpener::notes() const
{
    QStringList lines;
    const std::shared_ptr<const GeneratorInfo> info = m_lab->info();
    // Of runs and checkpoints all is known.
    if (info && !m_lab->weightsSource()) {
        for (const std::string& note : info->notes)
            lines.append(QString::fromStdString(note));
    }
    return lines.join(QLatin1Char(' '));
}

bool GeneratorOpener::canChangeFacts() const
{
    return m_dialogs.askFacts && !notes().isEmpty();
}

void GeneratorOpener::changeFacts()
{
    const std::shared_ptr<const GeneratorInfo> info = m_lab->info();
    if (!info)
        return;
    const std::optional<GeneratorFacts> said = m_dialogs.askFacts(m_window, {info->latent.distribution, info->range});
    if (!said)
        return;
    const QString path = QString::fromStdString(info->origin.string());
    if (!m_lab->model()) {
        m_hints.latents = info->latent.dimensions;
        m_hints.classes = static_cast<std::int64_t>(info->classes.size());
        m_hints.distribution = said->distribution;
        m_hints.range = said->range;
        openScript(path, ScriptHints(m_hints), true);
        return;
    }
    GeneratorModel model = *m_lab->model();
    model.head.latent.distribution = said->distribution;
    model.head.range = said->range;
    model.notes.clear();
    openModel(path, model);
}

} // namespace saddle

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/lab/generator_opener.h"

#include "core/latent/file_kind.h"
#include "ui/bridge/lab.h"
#include "ui/lab/import_dialog.h"
#include "ui/lab/run_follower.h"
#include "ui/models/named_layers.h"

#include <QFileInfo>
#include <QStringList>

#include <utility>

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
    connect(m_lab, &Lab::opened, this, [this] { m_layers = std::exchange(m_opening, {}); });
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

void GeneratorOpener::openModel(const QString& path, const GeneratorModel& model, const Layers& layers)
{
    // Told right before the lab says that another generator is open.
    const auto settled = [this, guard = QPointer(this), layers, before = m_lab->model(), told = ending(path)](
                             const Status& status) {
        if (guard && status)
            m_opening = {layers.changed && m_lab->model() == before, layers.unedited};
        told(status);
    };
    m_lab->open(model, settled);
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
    connectDialog();
    connect(m_import, &ImportDialog::chosen, this,
        [this, path](const GeneratorModel& model) { openModel(path, model, {}); });
}

void GeneratorOpener::connectDialog()
{
    connect(m_import, &ImportDialog::refused, this, &GeneratorOpener::refused);
    connect(m_import, &ImportDialog::saved, this, &GeneratorOpener::saved);
}

QString GeneratorOpener::whyNoLayers() const
{
    if (!m_lab->info())
        return tr("No generator is open");
    if (m_lab->weightsSource())
        return tr("The layers of a run are edited in the tab Networks");
    return m_lab->model() ? QString() : tr("The layers of a TorchScript generator are not known");
}

void GeneratorOpener::editLayers()
{
    if (!whyNoLayers().isEmpty())
        return;
    if (m_import)
        m_import->close();
    const std::shared_ptr<const GeneratorModel> open = m_lab->model();
    const auto unedited = m_layers.unedited ? m_layers.unedited : open;
    const GeneratorModel named = withNamedLayers(*unedited);
    const NetworkDescription network = m_layers.unedited ? open->network : named.network;
    m_import = new ImportDialog(m_lab->catalog(), m_lab->tools(), named, network, m_saveFile, m_window);
    connectDialog();
    connect(m_lab, &Lab::opened, m_import.data(), &QDialog::close); // what it edits is no longer in view
    connect(m_import, &ImportDialog::chosen, this, [this, unedited, named, network](const GeneratorModel& model) {
        const Json layers = networkToJson(model.network);
        if (layers == networkToJson(network))
            return; // as it is open
        const bool edited = layers != networkToJson(named.network);
        openModel(QString::fromStdString(named.head.origin.string()), edited ? model : *unedited,
            {true, edited ? unedited : nullptr});
    });
}

QString GeneratorOpener::notes() const
{
    QStringList lines;
    if (m_layers.unedited)
        lines.append(tr("Its layers were edited here; “Export…” keeps it."));
    const std::shared_ptr<const GeneratorInfo> info = m_lab->info();
    // Of runs and checkpoints all is known.
    if (info && !m_lab->weightsSource()) {
        for (const std::string& note : info->notes)
            lines.append(QString::fromStdString(note));
    }
    return lines.join(QLatin1Char(' '));
}

QString GeneratorOpener::offer() const
{
    if (m_layers.unedited)
        return tr("Take back");
    return m_dialogs.askFacts && !notes().isEmpty() ? tr("Change…") : QString();
}

void GeneratorOpener::takeOffer()
{
    if (const std::shared_ptr<const GeneratorModel> unedited = m_layers.unedited)
        openModel(QString::fromStdString(unedited->head.origin.string()), *unedited, {true, nullptr});
    else
        changeFacts();
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
    openModel(path, model, {});
}

} // namespace saddle

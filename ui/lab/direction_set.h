// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/directions.h"

#include <QObject>
#include <QString>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace saddle {

class Lab;
class LatentDocument;

/// The directions of the generator that is open: found on the lab's long thread, kept beside its run, and steps of the
/// document's. When weights change they are found anew and aligned, so that sliders stay what they were.
class DirectionSet : public QObject {
    Q_OBJECT

public:
    /// What the directions that were found belong to.
    enum class Age {
        None, ///< nothing was found
        Fresh, ///< the weights that are open
        Saved, ///< weights of another day: they came from the file
        Stale, ///< other weights than those that are open
    };

    DirectionSet(Lab* lab, LatentDocument* document, QObject* parent = nullptr);

    const std::vector<Direction>& all() const { return m_all; }
    /// Layers that principal directions can be taken of; empty until they are known.
    const std::vector<DirectionLayer>& layers() const { return m_layers; }
    Age age() const;
    /// Of the weights that stale ones belong to.
    std::int64_t foundAtStep() const;
    bool isFinding() const { return m_finding; }

    /// Finds principal directions or factors, so many of them. Those of the kind that there are give them order, signs
    /// and names, unless they were of another layer or class: then they are replaced.
    void findPrincipal(const PrincipalRequest& request);
    void findFactors(std::int64_t count);
    /// Finds anew those that were found, for the weights that are open.
    void update();
    void cancel();

    Status rename(std::size_t direction, const QString& name);
    void remove(std::size_t direction);
    Status addGroup(const QString& name, const Latents& these, const Latents& those);
    /// "Groups 1", or the next that is not taken.
    QString freeName() const;
    /// Undoes the last removal or replacement.
    void takeBack();

Q_SIGNALS:
    /// Another generator is open: nothing of the one before counts.
    void begunAnew();
    /// Others are there, or other names.
    void changed();
    /// Whether something is being found, or of which weights they are.
    void stateChanged();
    void layersChanged();
    /// How far finding is, 0 .. 1.
    void progress(double done);
    /// Some are gone that can be taken back; in words.
    void replaced(const QString& what);
    void failed(const QString& why);

private:
    struct Kept {
        std::vector<Direction> directions;
        std::vector<int> ids;
        PrincipalRequest principal;
    };
    /// The weights that directions were found in; of saved ones they are not known.
    struct Birth {
        std::weak_ptr<const GeneratorModel> model;
        std::int64_t step = 0;
    };
    struct Search {
        std::optional<PrincipalRequest> principal;
        std::optional<std::int64_t> factors;
        bool onlyKnown = false; ///< none are added to those that there are
        bool replaces = false; ///< those of the kind are not aligned with
    };
    struct Found {
        std::vector<Direction> directions;
        std::int64_t step = 0; ///< of the weights
    };

    void onOpened();
    void onRefreshed();
    void askForLayers();
    void updateUnlessTraining();
    void begin(const Search& search);
    void end();
    void take(const Search& search, const Birth& birth, const Result<Found>& found);
    /// Puts directions in the place of those that there are, whose ids go by name; says so where some are gone.
    void put(const std::vector<Direction>& before, std::vector<Direction> directions, bool tell);
    void apply();
    void load();
    void save();
    bool isStale(DirectionKind kind) const;
    std::int64_t count(DirectionKind kind) const;
    std::filesystem::path fileOfOpen() const;

    Lab* m_lab;
    LatentDocument* m_document;
    std::vector<Direction> m_all;
    std::vector<int> m_ids; ///< of the document's steps
    int m_lastId = 0;
    std::optional<Kept> m_before; ///< what can be taken back
    std::map<DirectionKind, Birth> m_births;
    PrincipalRequest m_principal; ///< of the last search
    std::vector<DirectionLayer> m_layers;
    std::filesystem::path m_file; ///< empty: what is open has no place on disk
    bool m_unreadable = false; ///< the file is there and makes no sense: it is left alone
    bool m_finding = false;
};

} // namespace saddle

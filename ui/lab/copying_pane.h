// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/neighbours.h"

#include <QTimer>
#include <QWidget>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

class QCheckBox;
class QLabel;
class QListWidget;
class QPushButton;

namespace saddle {

class Banner;
class ImageView;
class Lab;
class LabNetworks;
class NoteLabel;
class ProgressRow;
struct LatentPicture;

/// The data of the run that a generator is of: how it is loaded, and what tells it from other data.
struct RealData {
    std::string key;
    std::function<Result<Dataset>(const LoadMonitor&)> load;
};

/// Is it copying? The real images nearest to the picture in view, in pixels and in the discriminator's features, with
/// how far real images are from each other. Nothing is loaded before it is asked for.
class CopyingPane : public QWidget {
    Q_OBJECT

public:
    static constexpr int wanted = 8;

    /// `realData` is called on this thread when a search begins; what it returns loads on the lab's.
    CopyingPane(Lab* lab, std::function<Result<RealData>()> realData, QWidget* parent = nullptr);

    void setPicture(const std::shared_ptr<const LatentPicture>& picture);

protected:
    void showEvent(QShowEvent* event) override;

private:
    enum class Asked { ByHand, Following };
    struct Store; ///< the data, on the lab's thread alone
    struct Board; ///< what the search is at
    struct Found {
        Nearest pixels;
        std::optional<Nearest> features;
        std::string noFeatures; ///< why there are none
        std::map<std::int64_t, std::string> names; ///< of labels
    };
    /// What is near in one measure.
    struct Column {
        QLabel* words = nullptr;
        QListWidget* list = nullptr;
    };

    QLayout* makeHead();
    QLayout* makeColumn(Column& column, const QString& name, const QString& title, const QString& tip);
    void search(Asked asked);
    static Result<Found> work(Store& store, Board& board, const RealData& real, const LatentPicture& picture,
        Asked asked, LabNetworks& networks, const std::function<bool(std::int64_t, std::int64_t)>& monitor);
    void showPixels(const Found& found);
    void onFound(const Result<Found>& found);
    void fill(Column& column, const Nearest& nearest, const std::map<std::int64_t, std::string>& names);
    void abandon();
    void showState();

    Lab* m_lab;
    std::function<Result<RealData>()> m_data;
    std::shared_ptr<const LatentPicture> m_picture;
    std::shared_ptr<const LatentPicture> m_searched;
    std::shared_ptr<Store> m_store;
    std::shared_ptr<Board> m_board; ///< of the search under way
    QTimer m_follows;
    bool m_underWay = false;
    bool m_cancelled = false;

    Banner* m_banner;
    QPushButton* m_search;
    QCheckBox* m_follow;
    ProgressRow* m_progress;
    ImageView* m_view;
    QLabel* m_verdict;
    NoteLabel* m_note;
    Column m_pixels;
    Column m_features;
};

} // namespace saddle

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/generator.h"

#include <QString>
#include <QWidget>

#include <memory>
#include <vector>

class QLineEdit;
class QListWidget;
class QPushButton;

namespace saddle {

class CollapsibleSection;
class LatentDocument;
struct LatentPicture;

/// Two groups of pictures that a person marked, of which a direction is made: these minus those.
class GroupTrays : public QWidget {
    Q_OBJECT

public:
    explicit GroupTrays(LatentDocument* document, QWidget* parent = nullptr);

    /// What is in view; it is what goes into a group.
    void setPicture(const std::shared_ptr<const LatentPicture>& picture);
    /// The name that a direction gets when none is typed.
    void setSuggestedName(const QString& name);

Q_SIGNALS:
    void makeRequested(const QString& name, const saddle::Latents& these, const saddle::Latents& those);

private:
    struct Tray {
        QListWidget* list = nullptr;
        QPushButton* add = nullptr;
        QPushButton* remove = nullptr;
        std::vector<std::vector<float>> rows;
    };

    QLayout* makeTray(Tray& tray, const QString& name, const QString& add, const QString& tip);
    void add(Tray& tray);
    void removeChosen(Tray& tray);
    void clear();
    void make();
    void showState();
    Latents latentsOf(const Tray& tray) const;

    LatentDocument* m_document;
    std::shared_ptr<const LatentPicture> m_picture;
    CollapsibleSection* m_section;
    Tray m_these;
    Tray m_those;
    QLineEdit* m_name;
    QPushButton* m_make;
};

} // namespace saddle

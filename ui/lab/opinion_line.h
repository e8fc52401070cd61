// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/latent/discriminator.h"

#include <QTimer>
#include <QWidget>

#include <memory>

class QLabel;

namespace saddle {

class ElidedLabel;
class Lab;
struct LatentPicture;

/// What the discriminator says of the picture in view, in one line; of an auto-encoder also what it makes of it. It
/// follows the picture and never holds it up: while training, when each answer costs a rest, it waits until the picture
/// stands still.
class OpinionLine : public QWidget {
    Q_OBJECT

public:
    explicit OpinionLine(Lab* lab, QWidget* parent = nullptr);

    void setPicture(const std::shared_ptr<const LatentPicture>& picture);
    QString text() const;

protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    struct Opinion {
        DiscriminatorInfo of;
        Judgement judgement;
    };

    void await();
    void ask();
    void showOpinion(const Opinion& opinion);
    void showNone(const QString& why);
    void restyle();

    Lab* m_lab;
    std::shared_ptr<const LatentPicture> m_picture;
    QTimer m_wait;
    QLabel* m_name;
    ElidedLabel* m_words;
    QLabel* m_made; ///< of an auto-encoder
};

} // namespace saddle

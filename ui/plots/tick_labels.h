// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/qcp.h"

namespace saddle {

/// A number as 1.5e-5, without the zeros and the capital that locales put there.
QString exponentText(double value, int decimals);

/// Seconds as 0:05, 1:05, 1:00:05, 2 d 3:00:00; `resolution` below 1 shows tenths and hundredths.
QString durationText(double seconds, double resolution);

/// Ticks with short labels: 9,000, 12k, 1.5M; a deep zoom shows the number in full, so that labels stay different.
class CompactTicker : public QCPAxisTicker {
protected:
    QVector<QString> createLabelVector(
        const QVector<double>& ticks, const QLocale& locale, QChar formatChar, int precision) override;
};

/// Ticks of a logarithmic axis: decades when there are many, round numbers between when there are few, even steps
/// well within a decade.
class LogTicker : public CompactTicker {
protected:
    QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
    QVector<double> createSubTickVector(int subTickCount, const QVector<double>& ticks) override;
    QVector<QString> createLabelVector(
        const QVector<double>& ticks, const QLocale& locale, QChar formatChar, int precision) override;
};

/// Ticks of an axis in seconds, at steps people count time in.
class DurationTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override;
    int getSubTickCount(double tickStep) override;
    QString getTickLabel(double tick, const QLocale& locale, QChar formatChar, int precision) override;

private:
    double m_step = 1;
};

} // namespace saddle

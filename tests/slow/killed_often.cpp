// SPDX-License-Identifier: GPL-3.0-or-later
// `kill -9` at 200 moments of a real run.
#include "tests/support/killed_training.h"

using namespace saddle::test;

class TestKilledOften : public QObject {
    Q_OBJECT

private slots:
    void goesOnToTheLastBit()
    {
        const QString fault = faultOfKills(QStringLiteral(SADDLE_CLI), m_scratch, 200, 11);
        QVERIFY2(fault.isEmpty(), qPrintable(fault));
    }

private:
    Scratch m_scratch;
};

QTEST_GUILESS_MAIN(TestKilledOften)
#include "killed_often.moc"

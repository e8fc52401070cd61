// SPDX-License-Identifier: GPL-3.0-or-later
// `kill -9` of a real run, again and again: it opens, and ends as one that was never killed. Two hundred times: slow.
#include "tests/support/killed_training.h"

using namespace saddle::test;

class TestKilled : public QObject {
    Q_OBJECT

private slots:
    void goesOnToTheLastBit()
    {
        const QString fault = faultOfKills(QStringLiteral(SADDLE_CLI), m_scratch, 10, 3);
        QVERIFY2(fault.isEmpty(), qPrintable(fault));
    }

private:
    Scratch m_scratch;
};

QTEST_GUILESS_MAIN(TestKilled)
#include "killed.moc"

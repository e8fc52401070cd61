// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/fetch_dialog.h"

#include "core/libtorch/find.h"
#include "tests/support/small_libtorch.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>

#include <fcntl.h>
#include <sys/file.h>

using namespace saddle;
using namespace saddle::test;

namespace fs = std::filesystem;

class TestFetchDialog : public QObject {
    Q_OBJECT

private slots:
    void init() { m_scratch = std::make_unique<Scratch>(); }

    void asksFirst();
    void fetches();
    void saysWhatIsWrongAndTriesAgain();
    void cancels();

private:
    FetchRequest request() const { return m_libtorch.request(*m_scratch, m_libtorch.writeIndex(*m_scratch)); }

    SmallLibtorch m_libtorch;
    std::unique_ptr<Scratch> m_scratch;
};

namespace {

template <typename T>
T* part(const QDialog& dialog, const char* name)
{
    return dialog.findChild<T*>(QLatin1String(name));
}

QString wordsOf(const QDialog& dialog)
{
    return part<QLabel>(dialog, "fetchWords")->text();
}

} // namespace

void TestFetchDialog::asksFirst()
{
    FetchDialog dialog(request());
    dialog.show();
    QVERIFY(wordsOf(dialog).contains(QStringLiteral("SADDLE_LIBTORCH=FOLDER")));
    part<QPushButton>(dialog, "quitButton")->click();
    QCOMPARE(dialog.result(), int(QDialog::Rejected));
    QVERIFY(!fs::exists(m_scratch->path("cache"))); // nothing was touched
}

void TestFetchDialog::fetches()
{
    FetchDialog dialog(request());
    dialog.show();
    part<QPushButton>(dialog, "fetchButton")->click();
    QCOMPARE(part<QPushButton>(dialog, "quitButton")->text(), QStringLiteral("Cancel"));
    QTRY_COMPARE(dialog.result(), int(QDialog::Accepted));
    QVERIFY(!dialog.isVisible());
    QVERIFY(fs::exists(libtorchFolder(request()) / libtorchStamp));
}

void TestFetchDialog::saysWhatIsWrongAndTriesAgain()
{
    const FetchRequest wanted = request();
    m_scratch->write("index/torch/torch.whl", "something else");
    FetchDialog dialog(wanted);
    dialog.show();
    auto* fetch = part<QPushButton>(dialog, "fetchButton");
    fetch->click();
    QVERIFY(!fetch->isEnabled());
    QTRY_COMPARE(fetch->text(), QStringLiteral("Try again"));
    QVERIFY(fetch->isEnabled());
    QVERIFY(dialog.isVisible());
    QVERIFY2(wordsOf(dialog).contains(QStringLiteral("SHA-256")), qPrintable(wordsOf(dialog)));
    QVERIFY(wordsOf(dialog).contains(QStringLiteral("SADDLE_LIBTORCH=FOLDER")));

    m_scratch->write("index/torch/torch.whl", m_libtorch.torch);
    fetch->click();
    QTRY_COMPARE(dialog.result(), int(QDialog::Accepted));
}

void TestFetchDialog::cancels()
{
    // Another start holds the lock, so that this one waits.
    fs::create_directories(m_scratch->path("cache/libtorch"));
    const int lock = ::open(m_scratch->path("cache/libtorch/.lock").c_str(), O_RDWR | O_CREAT, 0644);
    QCOMPARE(::flock(lock, LOCK_EX), 0);
    FetchDialog dialog(request());
    dialog.show();
    part<QPushButton>(dialog, "fetchButton")->click();
    QTRY_VERIFY(wordsOf(dialog).contains(QStringLiteral("Waiting for another start")));
    QCOMPARE(part<QProgressBar>(dialog, "fetchProgress")->maximum(), 0); // busy, of unknown length
    QTest::keyClick(&dialog, Qt::Key_Escape);
    QTRY_VERIFY(!dialog.isVisible());
    QCOMPARE(dialog.result(), int(QDialog::Rejected));
    ::close(lock);
}

QTEST_MAIN(TestFetchDialog)
#include "fetch_dialog.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHostAddress>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTcpSocket>

#include <algorithm>
#include <map>
#include <vector>

namespace saddle::test {

/// A small HTTP server of this machine with the troubles that a real one has. It serves while the event loop runs.
class WheelServer {
public:
    WheelServer()
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            QTcpSocket* socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] { answer(*socket); });
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        });
        m_server.listen(QHostAddress::LocalHost);
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(m_server.serverPort()); }

    std::map<std::string, std::string> files; ///< by path, "/simple/torch/"
    std::vector<std::string> requests; ///< paths, in their order
    std::vector<qsizetype> offsets; ///< where each request of a file that ends with .whl began
    qsizetype cutAfter = 0; ///< bytes of a .whl after which the connection is lost
    int cuts = 0; ///< how many times more it is
    bool ranges = true; ///< whether parts are served

private:
    void answer(QTcpSocket& socket)
    {
        QByteArray asked = socket.property("asked").toByteArray() + socket.readAll();
        socket.setProperty("asked", asked);
        if (!asked.contains("\r\n\r\n"))
            return;
        const std::string path = asked.split(' ').value(1).toStdString();
        requests.push_back(path);
        const auto file = files.find(path);
        if (file == files.end()) {
            socket.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            socket.disconnectFromHost();
            return;
        }
        const bool isWheel = path.ends_with(".whl");
        const auto all = static_cast<qsizetype>(file->second.size());
        const auto range = QRegularExpression(QStringLiteral("Range: bytes=(\\d+)-")).match(QString::fromLatin1(asked));
        const qsizetype first = range.hasMatch() ? range.captured(1).toLongLong() : 0;
        if (isWheel)
            offsets.push_back(first);
        if (ranges && first > 0 && first >= all) {
            socket.write("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            socket.disconnectFromHost();
            return;
        }
        const qsizetype begin = ranges ? first : 0;
        QByteArray head = begin > 0 ? QByteArray("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes ")
                + QByteArray::number(begin) + '-' + QByteArray::number(all - 1) + '/' + QByteArray::number(all) + "\r\n"
                                    : QByteArray("HTTP/1.1 200 OK\r\n");
        head += "Connection: close\r\nContent-Length: " + QByteArray::number(all - begin) + "\r\n\r\n";
        socket.write(head);
        qsizetype size = all - begin;
        if (isWheel && cuts > 0) {
            --cuts;
            size = std::min(size, cutAfter);
        }
        socket.write(file->second.data() + begin, size);
        socket.disconnectFromHost();
    }

    QTcpServer m_server;
};

} // namespace saddle::test

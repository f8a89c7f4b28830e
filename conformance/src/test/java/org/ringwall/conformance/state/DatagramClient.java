// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.state;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A JVM in a cgroup that sends requests to a server as Java programs do. Each input line is
 * `socket|channel ADDRESS PORT TIMES`; the output is the server's reply for each time, or the
 * exception's message. Java's datagram sockets are dual-stack AF_INET6 sockets.
 */
final class DatagramClient {
    private static final int MILLIS = 2_000;

    private DatagramClient() {}

    public static void main(String[] args) throws IOException {
        Files.writeString(
                Path.of(args[0], "cgroup.procs"),
                Long.toString(ProcessHandle.current().pid()));
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            InetSocketAddress to = new InetSocketAddress(words[1], Integer.parseInt(words[2]));
            int times = Integer.parseInt(words[3]);
            try {
                System.out.println(words[0].equals("socket") ? bySocket(to, times) : byChannel(to, times));
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String bySocket(InetSocketAddress to, int times) throws IOException {
        StringBuilder answers = new StringBuilder();
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(MILLIS);
            socket.connect(to);
            for (int i = 0; i < times; i++) {
                socket.send(new DatagramPacket(new byte[] {'q'}, 1));
                DatagramPacket answer = new DatagramPacket(new byte[64], 64);
                socket.receive(answer);
                answers.append(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8));
            }
        }
        return answers.toString();
    }

    private static String byChannel(InetSocketAddress to, int times) throws IOException {
        StringBuilder answers = new StringBuilder();
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(to);
            for (int i = 0; i < times; i++) {
                channel.write(ByteBuffer.wrap(new byte[] {'q'}));
                ByteBuffer answer = ByteBuffer.allocate(64);
                channel.read(answer);
                answers.append(new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8));
            }
        }
        return answers.toString();
    }
}

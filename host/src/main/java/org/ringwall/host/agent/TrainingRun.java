// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A program that sends one request to a server in the same process. {@code bin/ringwall} runs it to
 * record the classes that a client loads, for the class-data sharing (CDS) archive of the launcher.
 */
public final class TrainingRun {
    private static final int SECONDS = 10;

    private TrainingRun() {}

    /**
     * Runs the exchange.
     *
     * @param args the path of the socket to use
     */
    public static void main(String[] args) throws IOException {
        Path path = Path.of(args[0]);
        try (AgentServer server = AgentServer.listen(path, request -> new Reply(0, request.input(), ""))) {
            Thread thread = new Thread(server::run);
            thread.setDaemon(true);
            thread.start();
            System.out.print(AgentClient.call(path, new Request(List.of("oci-hook"), "\\"), SECONDS)
                    .out());
        }
    }
}

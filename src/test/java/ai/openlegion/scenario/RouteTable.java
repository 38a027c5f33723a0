package ai.openlegion.scenario;

import ai.openlegion.host.InProcessMesh;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Every route of both listeners, as the routers themselves tell when they are verified at a start.
///
/// @param methods of the first route's kind: `GET`, or every one where it says `ANY`
/// @param path Vert.x Web's, `/control/budgets/:agent`; one that is a beginning ends in `*`
record RouteTable(String methods, String path, String permission) {

    private static final Pattern LINE = Pattern.compile("route (\\S+) (\\S+) permission=(.+)");

    /// The table of a mesh on this home, read from a mesh in this process that is stopped again.
    static List<RouteTable> of(MeshHome home) {
        Logger logger = Logger.getLogger("openlegion.routes");
        var said = new ConcurrentLinkedQueue<String>();
        Handler listening = new Handler() {
            @Override
            public void publish(LogRecord line) {
                said.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        listening.setLevel(Level.ALL);
        Level before = logger.getLevel();
        logger.addHandler(listening);
        logger.setLevel(Level.FINE);
        try {
            InProcessMesh.start(home.write().root(), InstantSource.system()).close();
        } finally {
            logger.removeHandler(listening);
            logger.setLevel(before);
        }
        Set<RouteTable> routes = new LinkedHashSet<>();
        for (String line : said) {
            Matcher route = LINE.matcher(line);
            if (route.matches()) {
                routes.add(new RouteTable(route.group(1), route.group(2), route.group(3)));
            }
        }
        return List.copyOf(routes);
    }
}

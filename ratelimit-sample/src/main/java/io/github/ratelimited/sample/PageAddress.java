package io.github.ratelimited.sample;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says at start where the page is. */
@Component
class PageAddress {

    private static final Log log = LogFactory.getLog(PageAddress.class);

    @EventListener(ApplicationReadyEvent.class)
    void tell(ApplicationReadyEvent ready) {
        Environment environment = ready.getApplicationContext().getEnvironment();
        String port = environment.getProperty("local.server.port");
        if (port != null) {
            log.info("Open http://localhost:" + port + "/ in a browser, or without one: curl -i localhost:" + port
                    + "/orders");
        }
    }
}

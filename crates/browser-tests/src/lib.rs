//! What a person does on the built page, played through WebDriver.

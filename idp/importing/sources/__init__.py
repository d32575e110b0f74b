"""What reads the exports of other software: a module for each product, and the files that they share."""
